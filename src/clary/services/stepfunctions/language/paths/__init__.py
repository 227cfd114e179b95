"""JSONPath, in the dialect of Step Functions: what Jayway's library reads."""

from clary.services.stepfunctions.language.paths.evaluate import Missing, find
from clary.services.stepfunctions.language.paths.parse import Path, parse
from clary.services.stepfunctions.language.paths.reference import put

__all__ = ["Missing", "Path", "find", "parse", "put"]
