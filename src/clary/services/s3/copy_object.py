"""CopyObject: find the source, write a new version with its bytes (copied_bytes.py)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote_plus, urlencode

import orjson

from clary.kernel import AwsError
from clary.plane import Also, Context
from clary.services.s3 import (
    copied_bytes,
    errors,
    object_changes,
    object_checksums,
    object_headers,
    object_rows,
    opaque_ids,
    permissions,
    preconditions,
    put_object,
    upload_extras,
)
from clary.services.s3.access_points.names import split_source
from clary.services.s3.bucket_rows import Bucket, check_owner, find_bucket, load_bucket, setting
from clary.services.s3.copied_bytes import Source
from clary.services.s3.encryption import cipher as ciphers
from clary.services.s3.encryption import sealing, wanted
from clary.services.s3.encryption.wanted import customer_key
from clary.services.s3.lifecycle import headers, restoring
from clary.services.s3.lock import uploads
from clary.services.s3.object_rows import Draft, Row
from clary.services.s3.request_body import LARGEST
from clary.services.s3.service import object_arn, s3
from clary.services.s3.tiering import tiers
from clary.store.api import Tx
from clary.wire.canonical import utf8

Params = dict[str, Any]

_ACCESS_POINT = re.compile("arn:[^:]*:s3(-outposts)?:[^:]*:[0-9]*:(accesspoint|outpost)")


def read_source(text: str) -> Params:
    """Return Bucket, Key and, if given, VersionId of an x-amz-copy-source header.

    All of it may be percent-encoded, the slashes too, and a `+` is a space (localstack/localstack#9990 has a
    test against AWS). Raise InvalidArgument if it does not name a bucket and a key.
    """
    path, _, version = utf8(text).partition("?versionId=")
    given = unquote_plus(path).removeprefix("/")
    is_arn = _ACCESS_POINT.match(given) is not None
    bucket, _, key = given.partition("/")
    if is_arn:
        bucket, key = split_source(given)
    version_id = unquote_plus(version)
    if not bucket or not key or (bucket.startswith("arn:") and not is_arn):
        message = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
        raise errors.invalid_argument(message, "x-amz-copy-source", text)
    return {"Bucket": bucket, "Key": key} | ({"VersionId": version_id} if version_id else {})


async def find_source(ctx: Context, params: Params) -> Source:
    """Return the source of a copy; raise unless the caller may read it and it meets the preconditions."""
    named = read_source(params["CopySource"])
    await permissions.require_hot(ctx, "GetObjectVersion" if "VersionId" in named else "GetObject", named)
    bucket, row = await ctx.transact(
        lambda tx: _load(ctx, tx, named, params.get("ExpectedSourceBucketOwner"))
    )
    preconditions.check_source(params, row.etag, row.modified, ctx.now)
    restoring.check_readable(row, ctx.business)
    await tiers.read(ctx, bucket, row)
    customer = customer_key(params, "CopySource")
    sealing.check_customer(row.cipher, customer)
    keys = await sealing.keys_of(ctx, bucket, row.cipher, customer)
    return Source(bucket, row, "VersionId" in named, keys)


def _load(ctx: Context, tx: Tx, named: Params, expected: str | None) -> tuple[Bucket, Row]:
    bucket = check_owner(find_bucket(tx, named["Bucket"]), named["Bucket"], expected)
    try:
        return bucket, object_rows.load(ctx, tx, named, bucket.name)
    except AwsError as error:
        if error.code != "MethodNotAllowed":
            raise
        message = "The source of a copy request may not specifically refer to a delete marker by version id."
        raise errors.invalid_request(message) from None


def _replaces_tags(params: Params) -> bool:
    """Return whether the request's tags replace those of the source; otherwise S3 ignores them."""
    return params.get("TaggingDirective") == "REPLACE" and bool(params.get("Tagging"))


@s3.operation(
    on=object_arn,
    action="PutObject",
    also=(Also(permissions.TAGGING.action, _replaces_tags), *permissions.HEADERS),
)
async def copy_object(ctx: Context, params: Params) -> Params:
    object_rows.check_key(params["Key"])
    preconditions.check_form(params)
    object_headers.check_options(params)
    asked = wanted.of(params)
    uploads.check_headers(ctx, params)
    source = await find_source(ctx, params)
    tags = _tags(params, source.row)
    await _require_tagging(ctx, params, source, tags)
    if source.row.size > LARGEST:
        raise errors.invalid_request(
            f"The specified copy source is larger than the maximum allowable size for a copy source: {LARGEST}"
        )
    algorithm = object_checksums.named_algorithm(params)
    draft = await copied_bytes.of(ctx, params, source, asked, algorithm)
    draft = draft._replace(
        storage=object_headers.storage_of(params), head=_head(params, source.row), tags=tags
    )
    fresh = draft.blob if draft.blob != source.row.blob else ""
    bucket, row, more = await put_object.commit(
        ctx, fresh, lambda tx: _commit(ctx, tx, params, source, draft)
    )
    return _answer(source, bucket, row) | more


def _commit(ctx: Context, tx: Tx, params: Params, source: Source, draft: Draft) -> tuple[Bucket, Row, Params]:
    bucket = load_bucket(tx, params)
    newest = object_rows.current(tx, bucket.name, params["Key"])
    preconditions.check_write(params, params["Key"], object_rows.etag_of(newest))
    _check_change(tx, params, bucket, source, draft)
    draft = draft._replace(extra=upload_extras.of_upload(ctx, tx, bucket, params))
    _check_still_there(ctx, tx, source)
    row = object_rows.write(ctx, tx, bucket, params["Key"], draft, newest)
    object_changes.created(ctx, tx, bucket, row)
    return bucket, row, headers.expiration(tx, bucket, row, ctx.business)


def _check_still_there(ctx: Context, tx: Tx, source: Source) -> None:
    """Raise NoSuchKey unless the source row still exists; without it, the sweep may have deleted the bytes."""
    found = tx.sql(
        "SELECT 1 FROM s3_object WHERE bucket = ? AND key = ? AND seq = ?",
        source.bucket.name,
        source.row.key,
        source.row.seq,
    )
    if not found:
        raise errors.no_such_key(source.row.key)


def _check_change(tx: Tx, params: Params, bucket: Bucket, source: Source, draft: Draft) -> None:
    """Raise InvalidRequest if an object is copied onto itself and nothing would change.

    A source named by its version id counts as another object, so that it can be restored (getmoto/moto#7300,
    versity/versitygw#2418). If the bucket has an encryption configuration, S3 treats the copy as a change; so it does
    if the kind of encryption changes, as when the source was encrypted by a KMS key and the copy is not.
    """
    itself = source.bucket.name == bucket.name and source.row.key == params["Key"] and not source.by_version
    changes = (
        params.get("MetadataDirective") == "REPLACE"
        or params.get("StorageClass")
        or params.get("ServerSideEncryption")
        or params.get("WebsiteRedirectLocation")
        or setting(tx, bucket.name, "Encryption")
        or ciphers.read(draft.cipher).kind != ciphers.read(source.row.cipher).kind
    )
    if itself and not changes:
        raise errors.invalid_request(
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes."
        )


def _head(params: Params, row: Row) -> str:
    directive = params.get("MetadataDirective") or "COPY"
    if directive == "REPLACE":
        return object_headers.head_of(params)
    if directive != "COPY":
        raise errors.invalid_argument("Unknown metadata directive.", "x-amz-metadata-directive", directive)
    head = orjson.loads(row.head)
    head.pop("WebsiteRedirectLocation", None)  # Never copied (CopyObject, API reference).
    if params.get("WebsiteRedirectLocation"):
        head["WebsiteRedirectLocation"] = params["WebsiteRedirectLocation"]
    return orjson.dumps(head).decode()


def _tags(params: Params, row: Row) -> str:
    directive = params.get("TaggingDirective") or "COPY"
    if directive not in ("COPY", "REPLACE"):
        raise errors.invalid_argument("Unknown tagging directive.", "x-amz-tagging-directive", directive)
    return object_headers.tags_of_header(params.get("Tagging")) if directive == "REPLACE" else row.tags


async def _require_tagging(ctx: Context, params: Params, source: Source, tags: str) -> None:
    """Require the rights to read and to write tags where the copy does either.

    Copied tags are read from the source and written to the destination. A copy of an object onto itself that
    changes or removes its tags needs the right to write them.

    "If you're copying objects that have object tags, then you must have s3:GetObjectTagging permission for
    the source object and s3:PutObjectTagging permission for objects in the destination bucket" (AWS re:Post,
    copy between buckets).
    """
    copied = bool(source.row.tags) and params.get("TaggingDirective") != "REPLACE"
    if copied:
        action = "GetObjectVersionTagging" if source.by_version else "GetObjectTagging"
        await permissions.require_hot(ctx, action, read_source(params["CopySource"]))
    if copied or await ctx.transact(lambda tx: _retags(tx, params, source, tags)):
        await permissions.require_hot(ctx, "PutObjectTagging", _tagging(params, tags))


def _retags(tx: Tx, params: Params, source: Source, tags: str) -> bool:
    """Return whether the object is copied onto itself and its current tags change."""
    if (source.bucket.name, source.row.key) != (params["Bucket"], params["Key"]):
        return False
    newest = object_rows.current(tx, source.bucket.name, source.row.key)
    return newest is not None and newest.tag_map != (orjson.loads(tags) if tags else {})


def _tagging(params: Params, tags: str) -> Params:
    """Return the members of the equivalent PutObjectTagging call, in which condition keys look for requested
    tags."""
    wanted = orjson.loads(tags) if tags else {}
    return {"Bucket": params["Bucket"], "Key": params["Key"], "Tagging": urlencode(wanted)}


def _answer(source: Source, bucket: Bucket, row: Row) -> Params:
    out = put_object.answer(bucket, row) | object_rows.version_member(bucket, row)
    result = {name: out.pop(name) for name in list(out) if name.startswith("Checksum") or name == "ETag"}
    if source.row.version != opaque_ids.NULL:
        out["CopySourceVersionId"] = source.row.version
    return out | {"CopyObjectResult": result | {"LastModified": row.modified}}
