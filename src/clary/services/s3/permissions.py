"""Permissions that a call needs beyond its own action.

Those that follow from members of the request are data, declared with the operation. Those that depend on what
is stored (the source of a copy, the keys of DeleteObjects) are checked in the handlers by the same
authorizer, against the policy of the bucket concerned.

Source: "Required permissions for Amazon S3 API operations" (S3 User Guide) and each operation's page in the
API reference.
"""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.plane.action import Also
from clary.services.s3.service import object_arn

Params = dict[str, Any]

_ACLS = ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP")
# For the headers of an upload. KMS keys are rejected, so they need no permission here.
HEADERS = (
    Also("s3:PutObjectAcl", _ACLS),
    Also("s3:PutObjectRetention", ("ObjectLockMode", "ObjectLockRetainUntilDate")),
    Also("s3:PutObjectLegalHold", "ObjectLockLegalHoldStatus"),
)
TAGGING = Also("s3:PutObjectTagging", "Tagging")


def of_version(*actions: str) -> tuple[Also, ...]:
    """Return the permissions that a call needs if it names a version id."""
    return tuple(Also(f"s3:{action}", "VersionId") for action in actions)


# "If you do not pass a version ID in your request, you need the s3:GetObject and s3:GetObjectAttributes
# permissions"; with a version ID, those for versions (GetObjectAttributes, API reference).
ATTRIBUTES = (
    Also("s3:GetObject", lambda params: not params.get("VersionId")),
    *of_version("GetObjectVersion", "GetObjectVersionAttributes"),
)


def names_an_etag(condition: str | None) -> bool:
    """Return whether an If-Match value names an ETag, rather than asking whether the object exists."""
    return bool(condition) and condition != "*"


# "Conditional deletes with a specific ETag value require both s3:DeleteObject and s3:GetObject permissions"
# (S3 User Guide, "Enforce conditional deletes"), since the answer reveals whether the object has that ETag.
DELETION = (
    *of_version("DeleteObjectVersion"),
    Also("s3:GetObject", lambda params: names_an_etag(params.get("IfMatch"))),
    Also("s3:BypassGovernanceRetention", "BypassGovernanceRetention"),
)


def _asks_for_another_list(params: Params) -> bool:
    """Return whether the request asks for an ACL other than the default one of a new bucket."""
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
    """Raise AccessDenied unless the caller may also do `s3:<name>` on the object of `params`. For plain
    handlers."""
    ctx.platform.authorizer.require(ctx, f"s3:{name}", object_arn(ctx, params), {}, params)


async def require_hot(ctx: Context, name: str, params: Params) -> None:
    """Like `require`, for async handlers."""
    await ctx.platform.authorizer.require_hot(ctx, f"s3:{name}", object_arn(ctx, params), params)
