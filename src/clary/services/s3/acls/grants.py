"""Grants: who may do what by an access control list, in the three forms in which requests state them.

A grant is [grantee, permission]; a grantee is `id=` and a canonical user id, or `uri=` and a group. Knows no bucket.
Source: "Access control list (ACL) overview" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from clary.access.identity import canonical_user

Params = dict[str, Any]
Grant = list[str]
Grants = list[Grant]

ALL_USERS = "uri=http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED = "uri=http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "uri=http://acs.amazonaws.com/groups/s3/LogDelivery"
PUBLIC = (ALL_USERS, AUTHENTICATED)
FULL = "FULL_CONTROL"

HEADERS = {
    "GrantFullControl": "x-amz-grant-full-control",
    "GrantRead": "x-amz-grant-read",
    "GrantReadACP": "x-amz-grant-read-acp",
    "GrantWrite": "x-amz-grant-write",
    "GrantWriteACP": "x-amz-grant-write-acp",
}
_PERMISSIONS = {
    "GrantFullControl": FULL,
    "GrantRead": "READ",
    "GrantReadACP": "READ_ACP",
    "GrantWrite": "WRITE",
    "GrantWriteACP": "WRITE_ACP",
}
GRANTEE = re.compile(r'(id|uri|emailAddress)="?([^",]*)"?')

ANONYMOUS = "anonymous"  # the owner of what an unsigned request uploads
# The canonical ids of unsigned callers and of Amazon EC2, which reads images for `aws-exec-read`.
_ANONYMOUS_ID = "65a011a29cdf8ec533ec3d1ccaae921c"
_EC2_ID = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c"

_CANNED: dict[str, list[tuple[str, str]]] = {
    "private": [],
    "public-read": [(ALL_USERS, "READ")],
    "public-read-write": [(ALL_USERS, "READ"), (ALL_USERS, "WRITE")],
    "authenticated-read": [(AUTHENTICATED, "READ")],
    "aws-exec-read": [(f"id={_EC2_ID}", "READ")],
    "log-delivery-write": [(LOG_DELIVERY, "WRITE"), (LOG_DELIVERY, "READ_ACP")],
}
_OF_BUCKET_OWNER = {"bucket-owner-read": "READ", "bucket-owner-full-control": FULL}


class Owners(NamedTuple):
    """The accounts that own an object (or the bucket itself) and the bucket."""

    owner: str
    bucket: str


def owner_id(account: str) -> str:
    """Return the canonical user id of an owner, which may be nobody."""
    return _ANONYMOUS_ID if account == ANONYMOUS else canonical_user(account)


def default(owner: str) -> Grants:
    """Return the grants of what nobody gave an ACL: its owner's full control."""
    return [[f"id={owner_id(owner)}", FULL]]


def canned(name: str, owners: Owners) -> Grants:
    """Return the grants of a canned ACL."""
    grants = default(owners.owner)
    grants += [[grantee, permission] for grantee, permission in _CANNED.get(name, [])]
    if name in _OF_BUCKET_OWNER and owners.owner != owners.bucket:
        grants.append([f"id={owner_id(owners.bucket)}", _OF_BUCKET_OWNER[name]])
    return grants


def of_headers(params: Params) -> Grants:
    """Return the grants of the x-amz-grant headers, whose syntax was checked."""
    return [
        ["=".join(found.groups()), permission]
        for member, permission in _PERMISSIONS.items()
        for part in (params.get(member) or "").split(",")
        if (found := GRANTEE.fullmatch(part.strip()))
    ]


def of_document(policy: Params) -> Grants:
    """Return the grants of an AccessControlPolicy, whose syntax was checked."""
    return [[_grantee(grant["Grantee"]), grant["Permission"]] for grant in policy.get("Grants") or []]


def _grantee(grantee: Params) -> str:
    return f"id={grantee['ID']}" if grantee.get("ID") else f"uri={grantee['URI']}"


def shown(grants: Iterable[Grant]) -> list[Params]:
    """Return grants as answers show them."""
    return [{"Grantee": _shown(grantee), "Permission": permission} for grantee, permission in grants]


def _shown(grantee: str) -> Params:
    kind, _, value = grantee.partition("=")
    return {"Type": "CanonicalUser", "ID": value} if kind == "id" else {"Type": "Group", "URI": value}


def are_public(grants: Iterable[Grant]) -> bool:
    """Return whether grants give anything to everybody, or to everybody with an AWS account."""
    return any(grantee in PUBLIC for grantee, _ in grants)
