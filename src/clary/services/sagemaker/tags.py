"""Tags of SageMaker's resources, by ARN."""

from __future__ import annotations

from dataclasses import replace

from clary.kernel.errors import validation
from clary.plane import Context
from clary.plane.nouns.tags import Tagging, TagRules
from clary.services.sagemaker.service import sagemaker


def _find(ctx: Context, arn: str) -> str:
    """Return the ARN if it names a resource of SageMaker in this account; raise ValidationException
    otherwise. Tags of other services' resources need rights of those services."""
    record = ctx.tx.by_arn(arn) if arn.split(":", 3)[2:3] == ["sagemaker"] else None
    if record is None or not record.scope.startswith(f"{ctx.account}/"):
        raise validation(f"Resource not found: {arn}")
    return arn


_TOO_MANY = ("ResourceLimitExceeded", "The resource may have at most {most} tags.")
sagemaker.tagged(Tagging(replace(TagRules(), too_many=_TOO_MANY), _find))
