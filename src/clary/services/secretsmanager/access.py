"""What access control must know of Secrets Manager: whose a secret is, its resource policy, and the condition keys of its
page of the Service Authorization Reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.access.request_keys import Values
from clary.kernel import Arn
from clary.plane import Access, Context, Guard
from clary.services.secretsmanager.names import arn_of, find
from clary.services.secretsmanager.service import secretsmanager

_MEMBERS = {
    "secretsmanager:name": ("Name",),
    "secretsmanager:description": ("Description",),
    "secretsmanager:kmskeyid": ("KmsKeyId",),
    "secretsmanager:versionid": ("VersionId",),
    "secretsmanager:recoverywindowindays": ("RecoveryWindowInDays",),
    "secretsmanager:rotationlambdaarn": ("RotationLambdaARN",),
    "secretsmanager:addreplicaregions": ("AddReplicaRegions.Region",),
}
_FLAGS = {
    "secretsmanager:blockpublicpolicy": "BlockPublicPolicy",
    "secretsmanager:forcedeletewithoutrecovery": "ForceDeleteWithoutRecovery",
    "secretsmanager:forceoverwritereplicasecret": "ForceOverwriteReplicaSecret",
    "secretsmanager:rotateimmediately": "RotateImmediately",
}


def guard(ctx: Context, arn: str, params: Mapping[str, Any]) -> Guard:
    """Return the account of a secret by its ARN, and the policy that it carries."""
    try:
        owner = Arn.parse(arn).account
    except ValueError:
        return Guard()
    if ctx.tx is not None:
        found = find(ctx, arn)
        return Guard(owner, found.private.get("policy") if found else None)
    with ctx.transaction() as at:
        found = find(at, arn)
    return Guard(owner, found.private.get("policy") if found else None)


def keys(ctx: Context, action: str, params: Mapping[str, Any], key: str) -> Values:
    """Return the values of keys that are not simply members of a request."""
    if key == "secretsmanager:secretid":
        return (arn_of(ctx, params["SecretId"]),) if "SecretId" in params else None
    if key == "secretsmanager:versionstage":
        return _stage(action, params)
    if key == "secretsmanager:kmskeyarn":
        return _kms_key(ctx, params.get("KmsKeyId", ""))
    if key == "secretsmanager:modifyrotationrules":
        return ("true" if params.get("RotationRules") else "false",)
    if key in _FLAGS:
        return ("true" if params.get(_FLAGS[key]) else "false",)
    return None


def _kms_key(ctx: Context, given: str) -> Values:
    """Return the ARN of the key in a request; nothing for an alias, which may be at any key."""
    if not given or given.startswith("alias/"):
        return None
    return (given if given.startswith("arn:") else ctx.arn(f"key/{given}", "kms"),)


def _stage(action: str, params: Mapping[str, Any]) -> Values:
    """Return the labels that a request is about. A read without one is of AWSCURRENT."""
    if labels := params.get("VersionStages"):
        return tuple(labels)
    if label := params.get("VersionStage"):
        return (label,)
    reads = action == "secretsmanager:GetSecretValue" and "VersionId" not in params
    return ("AWSCURRENT",) if reads else None


secretsmanager.access = Access(members=_MEMBERS, keys=keys, guard=guard)
