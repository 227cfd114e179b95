"""HTTP preconditions (If-Match and others) on reads, on writes and on the source of a copy. Knows values
only.

Sources: RFC 9110, section 13.2.2, for their order; S3's API reference where S3 differs (writes answer 409 and
501).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from clary.kernel import AwsError
from clary.services.s3 import errors


def matches(header: str, etag: str) -> bool:
    """Return whether an If-Match or If-None-Match value names this ETag (without quotes)."""
    if header.strip() == "*":
        return True
    return any(_bare(one) == etag for one in header.split(","))


def _bare(value: str) -> str:
    return value.strip().removeprefix("W/").strip('"')


def check_read(params: Mapping[str, Any], etag: str, modified: int, now: float) -> None:
    """Raise PreconditionFailed (412) or NotModified (304) for GetObject and HeadObject. Times are in epoch
    seconds."""
    if "IfMatch" in params:
        if not matches(params["IfMatch"], etag):
            raise errors.precondition_failed("If-Match")
    elif _later(modified, params.get("IfUnmodifiedSince")):
        raise errors.precondition_failed("If-Unmodified-Since")
    if "IfNoneMatch" in params:
        if matches(params["IfNoneMatch"], etag):
            raise _not_modified(etag)
    elif _unchanged(modified, params.get("IfModifiedSince"), now):
        raise _not_modified(etag)


def _later(modified: int, since: float | None) -> bool:
    return since is not None and modified > math.floor(since)


def _unchanged(modified: int, since: float | None, now: float) -> bool:
    """Return whether nothing has changed since a date. A date in the future is ignored (RFC 9110, 13.1.3)."""
    return since is not None and since <= now and modified <= math.floor(since)


def _not_modified(etag: str) -> AwsError:
    return AwsError("NotModified", "Not Modified", 304, headers={"ETag": f'"{etag}"'})


def check_source(params: Mapping[str, Any], etag: str, modified: int, now: float) -> None:
    """Raise PreconditionFailed if the source of a copy does not meet the x-amz-copy-source-if-* headers.

    If-Match that holds overrides If-Unmodified-Since that fails; If-None-Match that fails overrides
    If-Modified-Since (CopyObject, API reference).
    """
    if "CopySourceIfMatch" in params:
        if not matches(params["CopySourceIfMatch"], etag):
            raise errors.precondition_failed("x-amz-copy-source-If-Match")
    elif _later(modified, params.get("CopySourceIfUnmodifiedSince")):
        raise errors.precondition_failed("x-amz-copy-source-If-Unmodified-Since")
    if "CopySourceIfNoneMatch" in params:
        if matches(params["CopySourceIfNoneMatch"], etag):
            raise errors.precondition_failed("x-amz-copy-source-If-None-Match")
    elif _unchanged(modified, params.get("CopySourceIfModifiedSince"), now):
        raise errors.precondition_failed("x-amz-copy-source-If-Modified-Since")


def check_form(params: Mapping[str, Any]) -> None:
    """Raise NotImplemented for preconditions that S3 does not accept on a write.

    These are both headers at once, `*` in If-Match, and an ETag in If-None-Match.
    """
    match, none_match = params.get("IfMatch"), params.get("IfNoneMatch")
    if match is not None and none_match is not None:
        raise errors.header_not_implemented(
            "If-Match,If-None-Match", "Multiple conditional request headers present in the request"
        )
    for header, value, wrong in (
        ("If-Match", match, match == "*"),
        ("If-None-Match", none_match, none_match != "*"),
    ):
        if value is not None and wrong:
            raise errors.header_not_implemented(
                header, f"We don't accept the provided value of {header} header for this API"
            )


def check_write(
    params: Mapping[str, Any], key: str, etag: str | None, changed_since_start: bool = False
) -> None:
    """Raise unless the key meets If-Match or If-None-Match. `etag` is None if there is no object.

    `changed_since_start` says that the object was written after the upload began, which fails If-Match with a
    conflict (409).
    """
    if params.get("IfNoneMatch") is not None and etag is not None:
        raise errors.precondition_failed("If-None-Match")
    if params.get("IfMatch") is None:
        return
    if etag is None:
        raise errors.no_such_key(key)
    if not matches(params["IfMatch"], etag):
        raise errors.precondition_failed("If-Match")
    if changed_since_start:
        raise errors.conflict("If-Match", key)
