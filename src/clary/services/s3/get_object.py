"""GetObject, HeadObject and GetObjectAttributes: read one indexed row, then its bytes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

from clary.objects.encryption import Keys, decrypt
from clary.plane import Context
from clary.services.s3 import (
    bucket_features,
    errors,
    object_checksums,
    object_extras,
    object_headers,
    object_rows,
    permissions,
    preconditions,
    request_payment,
)
from clary.services.s3.bucket_rows import Bucket, check_owner, load_bucket
from clary.services.s3.encryption import cipher as ciphers
from clary.services.s3.encryption import sealing
from clary.services.s3.encryption.wanted import customer_key
from clary.services.s3.lifecycle import headers, restoring
from clary.services.s3.lock import retention
from clary.services.s3.object_rows import Row
from clary.services.s3.ranges import Span, part_span, span_of
from clary.services.s3.replication import statuses
from clary.services.s3.service import object_arn, s3
from clary.services.s3.tiering import tiers
from clary.wire import FileSpan

Params = dict[str, Any]

_OVERRIDES = {
    "ResponseCacheControl": "CacheControl",
    "ResponseContentDisposition": "ContentDisposition",
    "ResponseContentEncoding": "ContentEncoding",
    "ResponseContentLanguage": "ContentLanguage",
    "ResponseContentType": "ContentType",
    "ResponseExpires": "Expires",
}


@s3.operation(on=object_arn, also=permissions.of_version("GetObjectVersion"))
async def get_object(ctx: Context, params: Params) -> Params:
    bucket, row, more = await ctx.transact(lambda tx: _found(ctx, tx, params, "GET"))
    if row.storage != "STANDARD":
        restoring.check_readable(row, ctx.business)
        await tiers.read(ctx, bucket, row)
    out, span = answer(ctx, params, bucket, row)
    out |= more
    keys = await sealing.keys_of(ctx, bucket, row.cipher, customer_key(params)) if row.cipher else ()
    out["Body"] = body_of(ctx, row, span, keys)
    return out


@s3.operation(
    on=object_arn, action="GetObject", also=permissions.of_version("GetObjectVersion"), remembered=True
)
def head_object(ctx: Context, params: Params) -> Params:
    bucket, row, more = _found(ctx, ctx.tx, params, "HEAD")
    return answer(ctx, params, bucket, row)[0] | more


def _found(ctx: Context, tx: Any, params: Params, method: str) -> tuple[Bucket, Row, Params]:
    """Return bucket and object of a call, and what its answer says of the bucket's lifecycle rules."""
    bucket, row = find(ctx, tx, params, method)
    if not bucket.features:
        return bucket, row, {}
    more = request_payment.charged(ctx, bucket)
    if bucket.has(bucket_features.TIERING) and row.storage == tiers.CLASS:
        more |= tiers.members_of(tx, bucket, row, ctx.business)
    if not params.get("VersionId"):
        more |= headers.expiration(tx, bucket, row, ctx.business)
    return bucket, row, more


def find(ctx: Context, tx: Any, params: Params, method: str) -> tuple[Bucket, Row]:
    """Return the bucket and the object of a call; raise S3's error if either is not there."""
    if params.get("VersionId") is not None:
        bucket = load_bucket(tx, params)
        return bucket, object_rows.load(ctx, tx, params, bucket.name, method)
    found, row = object_rows.current_in(tx, params["Bucket"], params["Key"])
    bucket = check_owner(found, params["Bucket"], params.get("ExpectedBucketOwner"))
    object_rows.check_key(params["Key"])
    return bucket, object_rows.newest(params, row, method)


def answer(ctx: Context, params: Params, bucket: Bucket, row: Row) -> tuple[Params, Span | None]:
    """Return the members of a GetObject or HeadObject answer without the body, and the requested span (None
    for all)."""
    sealing.check_customer(row.cipher, customer_key(params))
    preconditions.check_read(params, row.etag, row.modified, ctx.now)
    out = object_headers.members_of(row.head)
    out["AcceptRanges"] = "bytes"
    out["ETag"] = row.quoted_etag
    out["LastModified"] = row.modified
    out |= ciphers.read(row.cipher).members()
    if bucket.versioning:
        out["VersionId"] = row.version
    if row.storage != "STANDARD":
        out["StorageClass"] = row.storage
    if row.extra:
        extra = object_extras.of(row)
        out |= retention.members_of(extra) | headers.restoration(row, ctx.business)
        out |= statuses.members_of(extra)
    if row.tags:
        out["TagCount"] = len(row.tag_map)
    out.update(_overrides(ctx, params))
    span = wanted(params, row)
    out["ContentLength"] = span.length if span else row.size
    if span:
        out["ContentRange"] = span.content_range
    if "PartNumber" in params and row.parts:
        out["PartsCount"] = len(row.part_list)
    if (params.get("ChecksumMode") or "").upper() == "ENABLED":  # aws-sdk-cpp sends it in lower case
        out.update(_checksum(params, row, span))
    return out, span


def _overrides(ctx: Context, params: Params) -> Params:
    """Return the response headers that the request overrides, which only a signed request may (GetObject, API
    reference)."""
    if _OVERRIDES.keys().isdisjoint(params):
        return {}
    found = {member: params[override] for override, member in _OVERRIDES.items() if override in params}
    if ctx.caller.is_anonymous:
        message = "Request specific response headers cannot be used for anonymous GET requests."
        raise errors.invalid_request(message)
    for override, member in _OVERRIDES.items():
        if not _fits(found.get(member)):
            name = re.sub("(?<=[a-z])(?=[A-Z])", "-", override).lower()
            message = "Header value cannot be represented using ISO-8859-1."
            raise errors.invalid_argument(message, name, found[member])
    return found


def _fits(value: Any) -> bool:
    return not isinstance(value, str) or all(char <= "\xff" for char in value)


def wanted(params: Params, row: Row) -> Span | None:
    """Return the span that Range or PartNumber asks for, or None for the whole object."""
    if "PartNumber" in params:
        if "Range" in params:
            raise errors.invalid_request("Cannot specify both Range header and partNumber query parameter")
        return part_span(params["PartNumber"], [part[0] for part in row.part_list] or [row.size])
    return span_of(params["Range"], row.size) if params.get("Range") else None


def _checksum(params: Params, row: Row, span: Span | None) -> Params:
    """Return the checksum of the whole object, or of one part if parts have their own. A range has none."""
    if "PartNumber" in params and row.parts:
        part = row.part_list[params["PartNumber"] - 1]
        members = object_checksums.members_of(part[1]) if object_checksums.is_composite(row.sum) else {}
        return members | {"ChecksumType": object_checksums.COMPOSITE} if members else {}
    if span is None or span.length == row.size:
        return object_checksums.members_of(row.sum)
    return {}


def body_of(ctx: Context, row: Row, span: Span | None, keys: Keys) -> bytes | FileSpan | AsyncIterator[bytes]:
    """Return the bytes from the row, a file for the server to send, or a stream. Raise Damaged."""
    if row.body is not None:
        body = decrypt(keys, row.body, row.size) if keys else row.body
        return body if span is None else body[span.start : span.start + span.length]
    if not row.blob:
        return b""
    start, length = (span.start, span.length) if span else (0, row.size)
    if keys:
        return ctx.platform.objects.decrypted(row.blob, keys, row.sizes, start, length)
    path = ctx.platform.objects.path(row.blob)
    if path is not None:
        return FileSpan(path, start, length)
    return ctx.platform.objects.get(row.blob, start, length)


@s3.operation(on=object_arn, also=permissions.ATTRIBUTES)
def get_object_attributes(ctx: Context, params: Params) -> Params:
    bucket, row = find(ctx, ctx.tx, params, "GET")
    sealing.check_customer(row.cipher, customer_key(params))
    wanted = {name.strip() for entry in params["ObjectAttributes"] for name in entry.split(",")}
    out: Params = {"LastModified": row.modified, **object_rows.version_member(bucket, row)}
    if "ETag" in wanted:
        out["ETag"] = row.etag
    if "Checksum" in wanted and row.sum:
        out["Checksum"] = object_checksums.whole_members_of(row.sum)
    if "ObjectSize" in wanted:
        out["ObjectSize"] = row.size
    if "StorageClass" in wanted:
        out["StorageClass"] = row.storage
    if "ObjectParts" in wanted and row.parts:
        out["ObjectParts"] = _parts(params, row)
    return out


def _parts(params: Params, row: Row) -> Params:
    """Return ObjectParts; single parts are listed only if each has its own checksum (GetObjectAttributes, API
    reference)."""
    parts = row.part_list
    if not object_checksums.is_composite(row.sum):
        return {"TotalPartsCount": len(parts)}
    after, limit = int(params.get("PartNumberMarker") or 0), min(int(params.get("MaxParts", 1000)), 1000)
    numbered = [(number, part) for number, part in enumerate(parts, 1) if number > after]
    shown = numbered[:limit]
    return {
        "TotalPartsCount": len(parts),
        "PartNumberMarker": str(after),
        "NextPartNumberMarker": str(shown[-1][0] if shown else 0),
        "MaxParts": limit,
        "IsTruncated": len(numbered) > limit,
        "Parts": [
            {"PartNumber": number, "Size": part[0], **_without_type(part[1])} for number, part in shown
        ],
    }


def _without_type(stored: str) -> dict[str, str]:
    members = object_checksums.members_of(stored)
    members.pop("ChecksumType", None)
    return members
