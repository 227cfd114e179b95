"""ListObjects, ListObjectsV2, ListObjectVersions and ListMultipartUploads: read pages from an index."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote_plus

from clary.access.identity import canonical_user
from clary.plane import Context
from clary.services.s3 import errors, object_markup, object_rows, opaque_ids
from clary.services.s3.bucket_rows import Bucket, load_bucket
from clary.services.s3.listing_pages import Fetch, Page, Position, walk
from clary.services.s3.multipart import owner_and_initiator
from clary.services.s3.service import bucket_arn, s3
from clary.services.s3.upload_rows import Upload
from clary.store.api import Tx
from clary.wire import Elements
from clary.wire.serialize.xml import escape

Params = dict[str, Any]

_PLAIN = re.compile(r"[A-Za-z0-9/._*-]*")
_LISTED = "key, size, etag, modified, storage, sum"
_VERSIONED = f"{_LISTED}, seq, version, latest, marker"
_UPLOADS = "key, id, bucket, initiated, initiator, storage, algorithm, sum_type, head, tags, result"


def _encode(text: str) -> str:
    """Return a key as `encoding-type=url` encodes it: slashes stay, spaces become plus signs."""
    return text if _PLAIN.fullmatch(text) else quote_plus(text, safe="/*")


def _as_is(text: str) -> str:
    return text


class _Options:
    """The options that all listings share: prefix, delimiter, page size and encoding."""

    def __init__(self, params: Params, size_member: str, argument: str) -> None:
        self.prefix = params.get("Prefix") or ""
        self.delimiter = params.get("Delimiter") or ""
        size = params.get(size_member, 1000)
        if size < 0 or size > 0x7FFFFFFF:
            message = f"Argument {argument} must be an integer between 0 and 2147483647"
            raise errors.invalid_argument(message, argument, size)
        self.size = min(size, 1000)
        encoding = params.get("EncodingType")
        if encoding is not None and encoding != "url":
            raise errors.invalid_argument(
                "Invalid Encoding Method specified in Request", "encoding-type", encoding
            )
        self.encoding = encoding
        self.text = _encode if encoding else _as_is

    def members(self, page: Page) -> Params:
        text = self.text
        out: Params = {"Prefix": text(self.prefix), "IsTruncated": page.truncated}
        if self.delimiter:
            out["Delimiter"] = text(self.delimiter)
        if self.encoding:
            out["EncodingType"] = self.encoding
        if page.prefixes:
            out["CommonPrefixes"] = [{"Prefix": text(prefix)} for prefix in page.prefixes]
        return out


def _objects(tx: Tx, bucket: str) -> Fetch:
    """Return a fetcher of the current objects. It reads only columns of the index, so that no row is touched."""

    def fetch(position: Position, end: str | None, limit: int) -> list[tuple[Any, ...]]:
        compare, bound = (">=" if position.inclusive else ">"), ("" if end is None else " AND key < ?")
        statement = (
            f"SELECT {_LISTED} FROM s3_object WHERE latest = 1 AND marker = 0 AND bucket = ?"
            f" AND key {compare} ?{bound} ORDER BY key LIMIT ?"
        )
        return tx.sql(statement, bucket, position.key, *(() if end is None else (end,)), limit)

    return fetch


def _contents(options: _Options, page: Page, owner: Params | None) -> Elements:
    text = options.text

    def value(row: tuple[Any, ...]) -> Params:
        key, size, etag, modified, storage, sum_ = row
        out = {
            "Key": text(key),
            "LastModified": modified,
            "ETag": f'"{etag}"',
            "Size": size,
            "StorageClass": storage,
            **_sum_members(sum_),
        }
        return out | {"Owner": owner} if owner else out

    markup = text if options.encoding else escape  # what is encoded has nothing to escape
    return Elements(page.rows, value, object_markup.writer(markup, owner["ID"] if owner else None))


def _sum_members(sum_: str) -> Params:
    if not sum_:
        return {}
    algorithm, kind, _ = sum_.split(" ")
    return {"ChecksumAlgorithm": [algorithm], "ChecksumType": kind}


def _owner(bucket: Bucket) -> Params:
    return {"ID": canonical_user(bucket.owner)}


def _last_key(page: Page) -> str:
    return page.last if isinstance(page.last, str) else page.last[0] if page.last else ""


@s3.operation(on=bucket_arn, action="ListBucket")
def list_objects_v2(ctx: Context, params: Params) -> Params:
    bucket, options = load_bucket(ctx.tx, params), _Options(params, "MaxKeys", "maxKeys")
    token, after = params.get("ContinuationToken"), params.get("StartAfter")
    position = opaque_ids.position_of(token) if token is not None else after
    start = Position(position, inclusive=False) if position else None
    page = walk(_objects(ctx.tx, bucket.name), options.prefix, options.delimiter, start, options.size)
    out = options.members(page) | {
        "Name": bucket.name,
        "MaxKeys": options.size,
        "KeyCount": len(page.rows) + len(page.prefixes),
        "Contents": _contents(options, page, _owner(bucket) if params.get("FetchOwner") else None),
    }
    if token is not None:
        out["ContinuationToken"] = token
    elif after is not None:
        out["StartAfter"] = options.text(after)
    if page.truncated:
        out["NextContinuationToken"] = opaque_ids.token_of(_last_key(page))
    return out


@s3.operation(on=bucket_arn, action="ListBucket")
def list_objects(ctx: Context, params: Params) -> Params:
    bucket, options = load_bucket(ctx.tx, params), _Options(params, "MaxKeys", "maxKeys")
    marker = params.get("Marker") or ""
    start = Position(marker, inclusive=False) if marker else None
    page = walk(_objects(ctx.tx, bucket.name), options.prefix, options.delimiter, start, options.size)
    out = options.members(page) | {
        "Name": bucket.name,
        "Marker": options.text(marker),
        "MaxKeys": options.size,
        "Contents": _contents(options, page, _owner(bucket)),
    }
    # Without a delimiter, clients continue after the last key that they got (ListObjects, API reference).
    if page.truncated and options.delimiter:
        out["NextMarker"] = options.text(_last_key(page))
    return out


def _versions(tx: Tx, bucket: str) -> Fetch:
    """Return a fetcher of all versions: keys in order, the newest version of each first."""

    def fetch(position: Position, end: str | None, limit: int) -> list[tuple[Any, ...]]:
        bound, rest = ("" if end is None else " AND key < ?"), (() if end is None else (end,))
        select = f"SELECT {_VERSIONED} FROM s3_object WHERE bucket = ?"
        found: list[tuple[Any, ...]] = []
        if position.tie is not None:
            one = f"{select} AND key = ? AND seq > ? ORDER BY seq LIMIT ?"
            found = tx.sql(one, bucket, position.key, position.tie, limit)
        compare = ">=" if position.inclusive else ">"
        if len(found) < limit:
            many = f"{select} AND key {compare} ?{bound} ORDER BY key, seq LIMIT ?"
            found = found + tx.sql(many, bucket, position.key, *rest, limit - len(found))
        return found

    return fetch


@s3.operation(on=bucket_arn, action="ListBucketVersions")
def list_object_versions(ctx: Context, params: Params) -> Params:
    bucket, options = load_bucket(ctx.tx, params), _Options(params, "MaxKeys", "maxKeys")
    start = _version_start(ctx, bucket, params)
    page = walk(
        _versions(ctx.tx, bucket.name), options.prefix, options.delimiter, start, options.size, tie_column=6
    )
    versions, delete_markers = [], []
    owner = _owner(bucket)
    for row in page.rows:
        (delete_markers if row[9] else versions).append(_version(options, row, owner))
    out = options.members(page) | {
        "Name": bucket.name,
        "KeyMarker": options.text(params.get("KeyMarker") or ""),
        "VersionIdMarker": params.get("VersionIdMarker") or "",
        "MaxKeys": options.size,
        "Versions": versions,
        "DeleteMarkers": delete_markers,
    }
    if page.truncated:
        out["NextKeyMarker"] = options.text(_last_key(page))
        if page.last is not None and not isinstance(page.last, str):
            out["NextVersionIdMarker"] = page.last[7]
    return out


def _version_start(ctx: Context, bucket: Bucket, params: Params) -> Position | None:
    key, version_id = params.get("KeyMarker") or "", params.get("VersionIdMarker")
    if version_id and not key:
        message = "A version-id marker cannot be specified without a key marker."
        raise errors.invalid_argument(message, "version-id-marker", version_id)
    if not key:
        return None
    if version_id is None:
        return Position(key, inclusive=False)
    if not version_id:
        raise errors.invalid_argument("A version-id marker cannot be empty.", "version-id-marker", "")
    if version_id != opaque_ids.NULL:
        return Position(key, inclusive=False, tie=opaque_ids.seq_of_version(ctx, version_id))
    null = object_rows.version(ctx, ctx.tx, bucket.name, key, opaque_ids.NULL)
    return Position(key, inclusive=False, tie=null.seq if null else None)


def _version(options: _Options, row: tuple[Any, ...], owner: Params) -> Params:
    key, size, etag, modified, storage, sum_, _, version, latest, marker = row
    out: Params = {
        "Key": options.text(key),
        "VersionId": version,
        "IsLatest": bool(latest),
        "LastModified": modified,
        "Owner": owner,
    }
    if not marker:
        out |= {"ETag": f'"{etag}"', "Size": size, "StorageClass": storage, **_sum_members(sum_)}
    return out


def _uploads(tx: Tx, bucket: str) -> Fetch:
    """Return a fetcher of the uploads in progress: keys in order, the earliest upload of each first."""

    def fetch(position: Position, end: str | None, limit: int) -> list[tuple[Any, ...]]:
        bound, rest = ("" if end is None else " AND key < ?"), (() if end is None else (end,))
        select = f"SELECT {_UPLOADS} FROM s3_upload WHERE result = '' AND bucket = ?"
        found: list[tuple[Any, ...]] = []
        if position.tie is not None:
            one = f"{select} AND key = ? AND id > ? ORDER BY id LIMIT ?"
            found = tx.sql(one, bucket, position.key, position.tie, limit)
        compare = ">=" if position.inclusive else ">"
        if len(found) < limit:
            many = f"{select} AND key {compare} ?{bound} ORDER BY key, id LIMIT ?"
            found = found + tx.sql(many, bucket, position.key, *rest, limit - len(found))
        return found

    return fetch


@s3.operation(on=bucket_arn, action="ListBucketMultipartUploads")
def list_multipart_uploads(ctx: Context, params: Params) -> Params:
    bucket, options = load_bucket(ctx.tx, params), _Options(params, "MaxUploads", "max-uploads")
    key = params.get("KeyMarker") or ""
    # Without a key marker the upload marker is ignored (ListMultipartUploads, API reference).
    upload_id = (params.get("UploadIdMarker") or "") if key else ""
    if upload_id and not opaque_ids.is_upload_of(ctx, upload_id, key):
        raise errors.invalid_argument("Invalid uploadId marker", "upload-id-marker", upload_id)
    start = Position(key, inclusive=False, tie=upload_id or None) if key else None
    page = walk(
        _uploads(ctx.tx, bucket.name), options.prefix, options.delimiter, start, options.size, tie_column=1
    )
    last = page.last if isinstance(page.last, tuple) else None
    members = options.members(page)
    if not options.prefix:
        del members["Prefix"]  # Only this listing leaves out an empty Prefix.
    return members | {
        "Bucket": bucket.name,
        "KeyMarker": options.text(key),
        "UploadIdMarker": upload_id,
        "NextKeyMarker": options.text(_last_key(page)),
        "NextUploadIdMarker": last[1] if last else "",
        "MaxUploads": options.size,
        "Uploads": [_upload(options, bucket, row) for row in page.rows],
    }


def _upload(options: _Options, bucket: Bucket, row: tuple[Any, ...]) -> Params:
    upload = Upload(row[2], row[0], row[1], *row[3:])
    mode = (
        {"ChecksumAlgorithm": upload.algorithm, "ChecksumType": upload.sum_type} if upload.algorithm else {}
    )
    return {
        "Key": options.text(upload.key),
        "UploadId": upload.id,
        "Initiated": upload.initiated,
        "StorageClass": upload.storage,
        **owner_and_initiator(bucket, upload),
        **mode,
    }
