"""Who owns a model package group and what is in it, and which policy the group carries: what access control
asks, by ARN.

Members of the group are named `model-package/GROUP/VERSION`, and the policy of the group covers them
("Deploy a Model Version from a Different Account",
https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy-xaccount.html). Packages without a group
have no policy, so they are of use in their own account only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.kernel import Arn
from clary.plane import Context, Guard, Record
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Tx

KINDS = _GROUP, _PACKAGE = "model-package-group", "model-package"
_NOT_SHARED = Guard()


def guard(ctx: Context, arn: str, params: Mapping[str, Any]) -> Guard:
    """Return the account and the policy of a group or of a package by its ARN; nothing for other ARNs."""
    try:
        found = Arn.parse(arn)
    except ValueError:
        return _NOT_SHARED
    if found.kind not in KINDS or found.region != ctx.region:
        return _NOT_SHARED
    return Guard(found.account, _policy(ctx, found))


def _policy(ctx: Context, arn: Arn) -> str | None:
    group_name = _group_name(arn)
    if group_name is None:
        return None
    if ctx.tx is not None:
        return _policy_of(ctx.tx, arn, group_name)
    with ctx.platform.store.read() as tx:
        return _policy_of(tx, arn, group_name)


def _policy_of(tx: Tx, arn: Arn, group_name: str) -> str | None:
    record = tx.get(sagemaker.kind("ModelPackageGroup"), f"{arn.account}/{arn.region}", group_name)
    return policy_of(record) if record else None


def _group_name(arn: Arn) -> str | None:
    """Return the name of the group that an ARN is about; None for a package without a group."""
    _, _, rest = arn.resource.partition("/")
    name, _, version = rest.partition("/")
    return name if arn.kind == _GROUP or version else None


def policy_of(group: Record) -> str | None:
    """Return the resource policy of a group, or None."""
    return group.private.get("policy")


# what operations are about -------------------------------------------------------------------------------------------


def created(ctx: Context, params: Mapping[str, Any]) -> list[str]:
    """Return what CreateModelPackage is about: the versions of a group, or a package without one."""
    if "ModelPackageGroupName" in params:
        return [_versions(ctx, params["ModelPackageGroupName"])]
    return [ctx.arn(f"{_PACKAGE}/{params.get('ModelPackageName', '*')}")]


def listed(ctx: Context, params: Mapping[str, Any]) -> list[str]:
    """Return what ListModelPackages is about: the versions of a group that is named by its ARN, which may be
    another account's, or no resource."""
    name = params.get("ModelPackageGroupName", "")
    return [_versions(ctx, name)] if name.startswith("arn:") else []


def _versions(ctx: Context, name_or_arn: str) -> str:
    """Return the ARN with which policies name all versions of a group."""
    if not name_or_arn.startswith("arn:"):
        return ctx.arn(f"{_PACKAGE}/{name_or_arn}/*")
    found = Arn.parse(name_or_arn)
    return str(found._replace(resource=f"{_PACKAGE}/{found.name}/*"))
