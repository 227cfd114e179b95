"""Intrinsic functions of JSONPath (https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html)."""

from clary.services.stepfunctions.language.intrinsics.parse import Call, parse
from clary.services.stepfunctions.language.intrinsics.run import run

__all__ = ["Call", "parse", "run"]
