"""What access control must know of STS: a role is its owner's, and its trust policy judges who takes it.

Condition keys: the page of AWS STS in the Service Authorization Reference.
"""

from __future__ import annotations

import re

from clary.plane import Access, Context, Guard
from clary.services.sts.service import directory, sts

_ROLE_ARN = re.compile(r"arn:[^:]+:iam::(\d{12}):role/\S+")


def guard(ctx: Context, arn: str) -> Guard:
    """Return the account of a role and its trust policy. Of what is no role, nothing is known."""
    found = _ROLE_ARN.fullmatch(arn)
    if found is None:
        return Guard()
    role = directory(ctx).role(ctx.tx, arn)
    return Guard(found[1], role.trust if role else None)


_MEMBERS = {
    "sts:externalid": ("ExternalId",),
    "sts:rolesessionname": ("RoleSessionName",),
    "sts:sourceidentity": ("SourceIdentity",),
    "sts:transitivetagkeys": ("TransitiveTagKeys",),
    "sts:durationseconds": ("DurationSeconds",),
}
# The session of a user is tagged by the right of the user alone: there is no such policy ("Pass session tags in AWS STS",
# GetFederationToken).
_OF_USERS = ("user", "root")

sts.access = Access(
    scope="global",
    members=_MEMBERS,
    guard=guard,
    # Nobody takes a role by identity policies alone: its trust policy must name the caller, too.
    gated={"sts:AssumeRole": (), "sts:TagSession": _OF_USERS, "sts:SetSourceIdentity": _OF_USERS},
)
