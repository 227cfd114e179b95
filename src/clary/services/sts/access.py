"""STS's facts for access control: a role belongs to its account, and its trust policy decides who may assume
it.

Source of the condition keys: STS's page of the Service Authorization Reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from clary.plane import Access, Context, Guard
from clary.services.sts.service import directory, sts

_ROLE_ARN = re.compile(r"arn:[^:]+:iam::(\d{12}):role/\S+")


def guard(ctx: Context, arn: str, params: Mapping[str, Any]) -> Guard:
    """Return the account and the trust policy of a role; an empty Guard for an ARN that is not a role's."""
    found = _ROLE_ARN.fullmatch(arn)
    if found is None:
        return Guard()
    role = directory(ctx).role(ctx.tx, arn)
    return Guard(found[1], role.trust if role else None)


_MFA = {"aws:multifactorauthpresent": ("true",), "aws:multifactorauthage": ("0",)}


def keys(ctx: Context, action: str, params: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    """Return the condition keys of a caller who gives an MFA code in this request, which was verified before."""
    given = ctx.op.name == "AssumeRole" and params.get("SerialNumber") and params.get("TokenCode")
    return _MFA.get(key) if given else None


_MEMBERS = {
    "sts:externalid": ("ExternalId",),
    "sts:rolesessionname": ("RoleSessionName",),
    "sts:sourceidentity": ("SourceIdentity",),
    "sts:transitivetagkeys": ("TransitiveTagKeys",),
    "sts:durationseconds": ("DurationSeconds",),
}
# Tagging a user's session needs only the user's own permission: users have no trust policy ("Pass session
# tags in AWS STS", GetFederationToken).
_OF_USERS = ("user", "root")

sts.access = Access(
    scope="global",
    members=_MEMBERS,
    guard=guard,
    keys=keys,
    # An identity policy alone is not enough to assume a role: the trust policy must name the caller as well.
    gated={"sts:AssumeRole": (), "sts:TagSession": _OF_USERS, "sts:SetSourceIdentity": _OF_USERS},
)
