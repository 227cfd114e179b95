"""The syntax of access control lists, given as a canned ACL, in headers or as a document. Says nothing about
grants."""

from __future__ import annotations

import re
from typing import Any

from clary.kernel import AwsError
from clary.services.s3 import errors

Params = dict[str, Any]

HEADERS = {
    "GrantFullControl": "x-amz-grant-full-control",
    "GrantRead": "x-amz-grant-read",
    "GrantReadACP": "x-amz-grant-read-acp",
    "GrantWrite": "x-amz-grant-write",
    "GrantWriteACP": "x-amz-grant-write-acp",
}
_GROUPS = (
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
    "http://acs.amazonaws.com/groups/s3/LogDelivery",
)
_CANONICAL_ID = re.compile("[0-9a-f]{64}")
_GRANTEE = re.compile(r'(id|uri|emailAddress)="?([^",]*)"?')


def check(params: Params) -> None:
    """Raise S3's error if the ACL of a call is malformed, whether it is canned, in headers or a document."""
    policy, canned = params.get("AccessControlPolicy"), params.get("ACL")
    headers = {wire: params[member] for member, wire in HEADERS.items() if params.get(member)}
    if policy is not None and (canned or headers):
        raise AwsError("UnexpectedContent", "This request does not support content")
    if canned and headers:
        raise errors.invalid_request("Specifying both Canned ACLs and Header Grants is not allowed")
    for wire, text in headers.items():
        _check_header(wire, text)
    if policy is not None:
        _check_policy(policy)


def _check_header(wire: str, text: str) -> None:
    for part in text.split(","):
        found = _GRANTEE.fullmatch(part.strip())
        if found is None:
            raise errors.invalid_argument("Argument format not recognized", wire, text)
        _check_grantee(found[1], found[2], {"id": "id", "uri": "uri"})


def _check_policy(policy: Params) -> None:
    owner, grants = (policy.get("Owner") or {}).get("ID"), policy.get("Grants")
    if not owner or grants is None:
        raise _malformed()
    _check_grantee("id", owner, _IN_DOCUMENT)
    for grant in grants:
        grantee = grant.get("Grantee") or {}
        member = {"CanonicalUser": "ID", "Group": "URI", "AmazonCustomerByEmail": "EmailAddress"}.get(
            grantee.get("Type", "")
        )
        if not grant.get("Permission") or member is None or not grantee.get(member):
            raise _malformed()
        _check_grantee(member.lower(), grantee[member], _IN_DOCUMENT)


_IN_DOCUMENT = {"id": "CanonicalUser/ID", "uri": "Group/URI"}


def _check_grantee(kind: str, value: str, names: dict[str, str]) -> None:
    if kind == "id" and not _CANONICAL_ID.fullmatch(value):
        raise errors.invalid_argument("Invalid id", names[kind], value)
    if kind == "uri" and value not in _GROUPS:
        raise errors.invalid_argument("Invalid group uri", names[kind], value)


def _malformed() -> AwsError:
    return AwsError("MalformedACLError", errors.malformed_xml().message)
