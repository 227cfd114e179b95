"""Tags of SageMaker's resources, by ARN."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Context
from clary.plane.paging import read_token, sign_token
from clary.plane.reserved_tags import refuse_reserved
from clary.services.sagemaker.service import sagemaker

_MOST = 50


def check(params: dict[str, Any]) -> None:
    """Raises for the Tags of a Create or AddTags call that AWS refuses."""
    keys = [tag["Key"] for tag in params.get("Tags", [])]
    refuse_reserved(keys, "ValidationException")
    if len(keys) != len(set(keys)):
        raise validation("Duplicate tag keys found. Each tag key must be unique.")


def _targets(ctx: Context, params: dict[str, Any]) -> list[str]:
    return [params["ResourceArn"]]


@sagemaker.operation(on=_targets)
def add_tags(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    arn = _known(ctx, params)
    check(params)
    given = {tag["Key"]: tag["Value"] for tag in params["Tags"]}
    merged = ctx.tx.tags(arn) | given
    if len(merged) > _MOST:
        raise AwsError("ResourceLimitExceeded", f"The resource may have at most {_MOST} tags.")
    ctx.tx.tag(arn, given)
    return {"Tags": _listed(merged)}


@sagemaker.operation(on=_targets)
def list_tags(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    tags = _listed(ctx.tx.tags(_known(ctx, params)))
    start = int(read_token(ctx, params["NextToken"])) if params.get("NextToken") else 0
    end = start + int(params.get("MaxResults") or _MOST)
    return {"Tags": tags[start:end]} | ({"NextToken": sign_token(ctx, end)} if end < len(tags) else {})


@sagemaker.operation(on=_targets)
def delete_tags(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    ctx.tx.untag(_known(ctx, params), params["TagKeys"])
    return {}


def _known(ctx: Context, params: dict[str, Any]) -> str:
    """The ARN, if it is of a resource of SageMaker's in this account: those of other services have rights of their own."""
    arn = params["ResourceArn"]
    record = ctx.tx.by_arn(arn) if arn.split(":", 3)[2:3] == ["sagemaker"] else None
    if record is None or not record.scope.startswith(f"{ctx.account}/"):
        raise validation(f"Resource not found: {arn}")
    return arn


def _listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
