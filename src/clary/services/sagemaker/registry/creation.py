"""CreateModelPackage: the next version of a group, or a package without a group."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Record, revise
from clary.plane.nouns import tags
from clary.services.sagemaker.registry import accepts, checks, sharing, tokens, validation
from clary.services.sagemaker.registry.groups import group
from clary.services.sagemaker.registry.packages import VERSION, new_package
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Exists

Params = dict[str, Any]


@sagemaker.operation(
    on=sharing.created, also=(sagemaker.tagging("Tags"),), accepts=accepts.MODEL_PACKAGE["create"]
)
def create_model_package(ctx: Context, params: Params) -> Params:
    """Register a package. SDKs send the same ClientToken with every retry of a call."""
    return tokens.once(ctx, params, lambda: {"ModelPackageArn": _registered(ctx, params).arn})


def _registered(ctx: Context, params: Params) -> Record:
    checks.check_new(params)
    given = tags.of_request(VERSION.spelling.tags, params)
    make = _version if "ModelPackageGroupName" in params else _unversioned
    validation.require(ctx, params)
    package = make(ctx, params)
    ctx.tx.tag(package.arn, given)
    ctx.wake()
    return package


def _version(ctx: Context, params: Params) -> Record:
    owner = group.meant(ctx, params["ModelPackageGroupName"])
    spec = {"ModelApprovalStatus": "PendingManualApproval", **_spec(params)}
    spec["ModelPackageGroupName"] = owner.id
    number = int(owner.private.get("versions", 0)) + 1
    ctx.tx.update(revise(owner, private={"versions": number}))
    return ctx.tx.insert(_new(ctx, f"{owner.id}/{number}", spec, {"ModelPackageVersion": number}))


def _unversioned(ctx: Context, params: Params) -> Record:
    record = _new(ctx, params["ModelPackageName"], _spec(params), {})
    try:
        return ctx.tx.insert(record)
    except Exists:
        raise VERSION.says.exists(record.arn, record.id, VERSION.words) from None


def _new(ctx: Context, id: str, spec: Params, observed: Params) -> Record:
    """Return the record of a package: complete at once, or to be validated."""
    package = new_package(ctx, id, spec, observed)
    return validation.pending(package, ctx.now) if validation.is_asked_by(spec) else package


def _spec(params: Params) -> Params:
    """Return what is kept of a request. SDKs send empty structures for metrics that they do not have."""
    checks.check(params)
    checks.check_counts(params)
    left = ("ClientToken", "Tags", "ModelPackageName")
    return {name: value for name, value in params.items() if name not in left and value != {}}
