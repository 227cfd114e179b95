"""ListModelPackages and BatchDescribeModelPackage."""

from __future__ import annotations

from typing import Any

from clary.kernel import Arn
from clary.plane import Context, Record
from clary.plane.nouns.lists import Listing
from clary.services.sagemaker.registry import sharing
from clary.services.sagemaker.registry.groups import group
from clary.services.sagemaker.registry.packages import VERSION
from clary.services.sagemaker.service import sagemaker
from clary.store.api import AllOf, AnyOf, Condition

Params = dict[str, Any]

_LISTED = Listing(VERSION, sagemaker.model.operations["ListModelPackages"])
_OF_A_GROUP: Condition = ("doc.status.ModelPackageVersion", ">=", 1)
_ALONE: Condition = ("doc.status.ModelPackageVersion", "=", None)
_TYPES: dict[str, list[Condition]] = {"Versioned": [_OF_A_GROUP], "Unversioned": [_ALONE], "Both": []}


@sagemaker.operation(on=sharing.listed, lane="heavy_read")
def list_model_packages(ctx: Context, params: Params) -> Params:
    """List packages: by default the versions if a group is named, and otherwise those without a group."""
    plain = {
        name: value for name, value in params.items() if name not in ("ModelPackageType", "NameContains")
    }
    grouped = "ModelPackageGroupName" in plain
    where = list(_TYPES[params.get("ModelPackageType", "Versioned" if grouped else "Unversioned")])
    if "NameContains" in params:
        where.append(_is_named(params["NameContains"]))
    if grouped:
        name = plain["ModelPackageGroupName"]
        plain["ModelPackageGroupName"] = group.id_in(ctx, name) or name
    return _LISTED(ctx, plain, where)


def _is_named(part: str) -> Condition:
    """Return the condition that a name contains `part`; the name of a version is that of its group."""
    in_group: Condition = ("doc.spec.ModelPackageGroupName", "contains", part)
    return AnyOf([in_group, AllOf([_ALONE, ("id", "contains", part)])])


@sagemaker.operation(on=lambda ctx, params: params["ModelPackageArnList"], lane="read")
def batch_describe_model_package(ctx: Context, params: Params) -> Params:
    """Describe packages by their ARNs, and say which of them there are not."""
    arns: list[str] = params["ModelPackageArnList"]
    found = {arn: _found(ctx, arn) for arn in arns}
    missing = {
        arn: {
            "ErrorCode": "ValidationException",
            "ErrorResponse": VERSION.says.not_found(arn, arn, VERSION.words).message,
        }
        for arn, record in found.items()
        if record is None
    }
    summaries = {arn: VERSION.describe(record) for arn, record in found.items() if record is not None}
    return {"ModelPackageSummaries": summaries, "BatchDescribeModelPackageErrorMap": missing}


def _found(ctx: Context, arn: str) -> Record | None:
    """Return the package of an ARN, which may be another account's: the caller may describe it."""
    record = ctx.tx.by_arn(arn)
    if record is None or record.kind != VERSION.kind:
        return None
    return record if record.scope == f"{Arn.parse(arn).account}/{ctx.region}" else None
