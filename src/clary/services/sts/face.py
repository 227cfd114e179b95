"""The STS service itself, and what authorisation asks before AssumeRole: whose the role is and whom it trusts."""

from __future__ import annotations

import re
from typing import Any

from clary.kernel import AwsError
from clary.plane import Context, Service
from clary.plane.identity import IssuingDirectory, RoleFacts

sts = Service("sts")

Params = dict[str, Any]
_ROLE_ARN = re.compile(r"arn:[^:]+:iam::(\d{12}):role/\S+")
_PARTS = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+")


def directory(ctx: Context) -> IssuingDirectory:
    """The identities of this platform."""
    return ctx.platform.extras["directory"]


def role_of(ctx: Context, params: Params) -> RoleFacts | None:
    """The role that an AssumeRole call names, None when there is none."""
    return directory(ctx).role(ctx.tx, params["RoleArn"]) if "RoleArn" in params else None


def owner(ctx: Context, params: Params) -> str | None:
    """The account of the role; refuses text that is no ARN before anybody is asked (recorded: sts_invalid_parameters)."""
    arn = params.get("RoleArn")
    if arn is None:
        return None
    if not _PARTS.fullmatch(arn):
        raise AwsError("ValidationError", f"{arn} is invalid")
    found = _ROLE_ARN.fullmatch(arn)
    return found[1] if found else None


def trust_policy(ctx: Context, params: Params) -> str | None:
    """A role's trust policy is the resource policy of a call that takes it on."""
    role = role_of(ctx, params)
    return role.trust if role else None


sts.owner = owner
sts.resource_policy = trust_policy
