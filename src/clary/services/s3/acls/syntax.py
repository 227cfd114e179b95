"""The syntax of access control lists, given as a canned ACL, in headers or as a document. Says nothing about
grants."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from clary.kernel import AwsError
from clary.services.s3 import errors
from clary.services.s3.acls import grants

Params = dict[str, Any]
Exists = Callable[[str], bool]

_GROUPS = (grants.ALL_USERS, grants.AUTHENTICATED, grants.LOG_DELIVERY)
_CANONICAL_ID = re.compile("[0-9a-f]{64}")
_IN_HEADER = {"id": "id", "uri": "uri"}
_IN_DOCUMENT = {"id": "CanonicalUser/ID", "uri": "Group/URI"}
_MOST = 100  # "An ACL can have up to 100 grants" (acl-overview, S3 User Guide)


def check(params: Params, exists: Exists) -> None:
    """Raise S3's error if the ACL of a call is malformed, whether it is canned, in headers or a document.

    `exists` tells whether there is an account with a canonical user id.
    """
    policy, canned = params.get("AccessControlPolicy"), params.get("ACL")
    headers = {wire: params[member] for member, wire in grants.HEADERS.items() if params.get(member)}
    if policy is not None and (canned or headers):
        raise AwsError("UnexpectedContent", "This request does not support content")
    if canned and headers:
        raise errors.invalid_request("Specifying both Canned ACLs and Header Grants is not allowed")
    for wire, text in headers.items():
        _check_header(wire, text, exists)
    if policy is not None:
        _check_policy(policy, exists)


def _check_header(wire: str, text: str, exists: Exists) -> None:
    for part in text.split(","):
        found = grants.GRANTEE.fullmatch(part.strip())
        if found is None:
            raise errors.invalid_argument("Argument format not recognized", wire, text)
        _check_grantee(found[1], found[2], _IN_HEADER, exists)


def _check_policy(policy: Params, exists: Exists) -> None:
    owner, given = (policy.get("Owner") or {}).get("ID"), policy.get("Grants")
    if not owner or given is None or len(given) > _MOST:
        raise _malformed()
    _check_grantee("id", owner, _IN_DOCUMENT, lambda id: True)
    for grant in given:
        grantee = grant.get("Grantee") or {}
        member = {"CanonicalUser": "ID", "Group": "URI", "AmazonCustomerByEmail": "EmailAddress"}.get(
            grantee.get("Type", "")
        )
        if not grant.get("Permission") or member is None or not grantee.get(member):
            raise _malformed()
        _check_grantee(member.lower(), grantee[member], _IN_DOCUMENT, exists)


def _check_grantee(kind: str, value: str, names: dict[str, str], exists: Exists) -> None:
    if kind.lower() == "emailaddress":
        # "Amazon S3 no longer supports … Email Grantee ACLs … HTTP 405" (acl-overview, S3 User Guide, October 2025).
        raise AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
    if kind == "id" and not (_CANONICAL_ID.fullmatch(value) and exists(value)):
        raise errors.invalid_argument("Invalid id", names[kind], value)
    if kind == "uri" and f"uri={value}" not in _GROUPS:
        raise errors.invalid_argument("Invalid group uri", names[kind], value)


def _malformed() -> AwsError:
    return AwsError("MalformedACLError", errors.malformed_xml().message)
