"""Access control lists as statements of a policy, so that one evaluator decides.

Source: "Mapping of ACL permissions and access policy permissions" (acl-overview, S3 User Guide). What an ACL grants to
an account, the account's own policies must allow as well, as for a bucket policy.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import orjson

from clary.services.s3.acls import grants
from clary.services.s3.acls.grants import Grants

_OF_BUCKET = {
    "READ": ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"),
    "READ_ACP": ("s3:GetBucketAcl",),
    "WRITE_ACP": ("s3:PutBucketAcl",),
}
_OF_OBJECT = {
    "READ": ("s3:GetObject", "s3:GetObjectVersion"),
    "READ_ACP": ("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
    "WRITE_ACP": ("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
}
# What writing a bucket allows with the objects in it. Who may upload may give the upload an ACL and tags.
_IN_BUCKET = {"WRITE": ("s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging", "s3:DeleteObject")}
_SIGNED = {"StringNotEquals": {"aws:PrincipalType": "Anonymous"}}

Statement = dict[str, Any]


def of_bucket(wanted: Grants) -> list[Statement]:
    """Return what a bucket's grants allow with the bucket itself."""
    return _statements(wanted, _OF_BUCKET)


def in_bucket(wanted: Grants) -> list[Statement]:
    """Return what a bucket's grants allow with the objects in it: to upload and to delete them."""
    return _statements(wanted, _IN_BUCKET)


def of_object(wanted: Grants) -> list[Statement]:
    """Return what an object's grants allow."""
    return _statements(wanted, _OF_OBJECT)


def of_initiator(arn: str) -> Statement:
    """Return what the initiator of a multipart upload may do with it: "the bucket owner and the initiator of the multipart
    upload are allowed" (mpuoverview, S3 User Guide)."""
    actions = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    return {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": actions, "Resource": "*"}


def _statements(wanted: Grants, actions: dict[str, tuple[str, ...]]) -> list[Statement]:
    every = [action for some in actions.values() for action in some]
    found = []
    for grantee, permission in wanted:
        allowed = every if permission == grants.FULL else actions.get(permission)
        if allowed:
            found.append(_allow(grantee, list(allowed)))
    return found


def _allow(grantee: str, actions: list[str]) -> Statement:
    kind, _, value = grantee.partition("=")
    statement: Statement = {"Effect": "Allow", "Principal": "*", "Action": actions, "Resource": "*"}
    if kind == "id":
        statement["Principal"] = {"CanonicalUser": value}
    elif grantee == grants.AUTHENTICATED:
        statement["Condition"] = _SIGNED
    elif grantee == grants.LOG_DELIVERY:
        statement["Principal"] = {"Service": "logging.s3.amazonaws.com"}
    return statement


def joined(policy: str | None, statements: Iterable[Statement], *, foreign: bool) -> str | None:
    """Return a bucket policy together with statements of ACLs, or None if there is nothing in either.

    Of an object that is a `foreign` account's, the bucket policy denies, and allows nothing.
    """
    return _joined(policy, orjson.dumps(list(statements)).decode(), foreign)


@lru_cache(maxsize=1024)
def _joined(policy: str | None, statements: str, foreign: bool) -> str | None:
    document = orjson.loads(policy) if policy else {"Version": "2012-10-17", "Statement": []}
    stated = document["Statement"]
    own = stated if isinstance(stated, list) else [stated]
    kept = [one for one in own if not foreign or one["Effect"] == "Deny"]
    every = kept + orjson.loads(statements)
    return orjson.dumps({**document, "Statement": every}).decode() if every else None
