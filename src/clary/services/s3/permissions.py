"""What else a call must be allowed to do: actions that go with a member of the request, and those that hang on what is
stored (the source of a copy, the keys of DeleteObjects).

The former are data, declared with the operation. The latter are asked by its handler, of the same authoriser, with the
policy of the bucket that they are about.

Source: "Required permissions for Amazon S3 API operations" (S3 User Guide) and the API reference of each operation.
"""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.plane.action import Also
from clary.services.s3.service import object_arn

Params = dict[str, Any]

_ACLS = ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP")
# What the headers of an upload ask for besides an object. `aws:kms` and its kin are refused, so they need no right.
HEADERS = (
    Also("s3:PutObjectAcl", _ACLS),
    Also("s3:PutObjectRetention", ("ObjectLockMode", "ObjectLockRetainUntilDate")),
    Also("s3:PutObjectLegalHold", "ObjectLockLegalHoldStatus"),
)
TAGGING = Also("s3:PutObjectTagging", "Tagging")


def of_version(*actions: str) -> tuple[Also, ...]:
    """What a call about a version needs beside the right to the object."""
    return tuple(Also(f"s3:{action}", "VersionId") for action in actions)


# "If you do not pass a version ID in your request, you need the s3:GetObject and s3:GetObjectAttributes permissions"; with
# one the same of the version (GetObjectAttributes, API reference).
ATTRIBUTES = (
    Also("s3:GetObject", lambda params: not params.get("VersionId")),
    *of_version("GetObjectVersion", "GetObjectVersionAttributes"),
)


def names_an_etag(condition: str | None) -> bool:
    """Whether an If-Match is about what an object is, and not about whether it is there."""
    return bool(condition) and condition != "*"


# "Conditional deletes with a specific ETag value require both s3:DeleteObject and s3:GetObject permissions" (S3 User
# Guide, "Enforce conditional deletes"): the answer tells whether the object is the one that is named.
DELETION = (
    *of_version("DeleteObjectVersion"),
    Also("s3:GetObject", lambda params: names_an_etag(params.get("IfMatch"))),
    Also("s3:BypassGovernanceRetention", "BypassGovernanceRetention"),
)


def _asks_for_another_list(params: Params) -> bool:
    """Whether a new bucket is to have another list than the one that every bucket has."""
    return params.get("ACL") not in (None, "", "private") or any(
        params.get(name) for name in (*_ACLS[1:], "GrantWrite")
    )


BUCKET = (
    Also("s3:TagResource", "CreateBucketConfiguration.Tags"),
    Also("s3:PutBucketAcl", _asks_for_another_list),
    Also("s3:PutBucketOwnershipControls", "ObjectOwnership"),
    Also("s3:PutBucketObjectLockConfiguration", "ObjectLockEnabledForBucket"),
    Also("s3:PutBucketVersioning", "ObjectLockEnabledForBucket"),
)


def require(ctx: Context, name: str, params: Params) -> None:
    """Raise AccessDenied unless the caller may do `s3:<name>` on the object of `params`, too (plain handlers)."""
    ctx.platform.authorizer.require(ctx, f"s3:{name}", object_arn(ctx, params), {}, params)


async def require_hot(ctx: Context, name: str, params: Params) -> None:
    """The same in the hot lane."""
    await ctx.platform.authorizer.require_hot(ctx, f"s3:{name}", object_arn(ctx, params), params)
