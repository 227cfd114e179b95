"""PutObject: store the bytes first, then commit the row, which makes the object visible."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3 import (
    object_changes,
    object_checksums,
    object_headers,
    object_rows,
    permissions,
    preconditions,
    request_body,
    request_payment,
    upload_extras,
)
from clary.services.s3.bucket_rows import Bucket, load_bucket
from clary.services.s3.encryption import cipher as ciphers
from clary.services.s3.encryption import sealing, wanted
from clary.services.s3.encryption.cipher import etag_of
from clary.services.s3.encryption.wanted import Wanted
from clary.services.s3.lifecycle import headers
from clary.services.s3.lock import uploads
from clary.services.s3.object_rows import Draft, Row
from clary.services.s3.service import object_arn, s3
from clary.store.api import Tx

Params = dict[str, Any]

# Longer bodies are read only after the request has been checked.
_LONG = 1 << 20


@s3.operation(on=object_arn, also=(permissions.TAGGING, *permissions.HEADERS))
async def put_object(ctx: Context, params: Params) -> Params:
    object_rows.check_key(params["Key"])
    preconditions.check_form(params)
    object_headers.check_options(params)
    asked = wanted.of(params)
    uploads.check_headers(ctx, params)
    head, storage = object_headers.head_of(params), object_headers.storage_of(params)
    tags = object_headers.tags_of_header(params.get("Tagging"))
    body = params.get("Body") or b""
    claim = object_checksums.claim_of(params, ctx.request)
    announced = request_body.announced_size(ctx.request, body)
    is_long = not isinstance(body, bytes) and (announced is None or announced > _LONG)
    found, chosen = await ctx.transact(lambda tx: _prepare(ctx, tx, params, asked, is_long))
    cipher, keys = await sealing.for_upload(ctx, found, params["Key"], chosen)
    stored = await request_body.store(
        ctx.platform.objects, body, claim, claim.algorithm or object_checksums.DEFAULT, announced, keys
    )
    etag = etag_of(cipher, stored.md5, keys)
    draft = Draft(stored.size, etag, stored.full_sum, storage, stored.blob, stored.body, head, tags)
    draft = draft._replace(cipher=cipher.text())
    bucket, row, more = await commit(ctx, stored.blob, lambda tx: _put(ctx, tx, params, draft))
    return answer(bucket, row) | more


def _prepare(ctx: Context, tx: Tx, params: Params, asked: Wanted, is_long: bool) -> tuple[Bucket, Wanted]:
    """Return the bucket, and how the object is to be encrypted. Check what can be rejected before a long body is read; `_put`
    checks it again in its transaction."""
    bucket = load_bucket(tx, params)
    if is_long:
        newest = object_rows.current(tx, bucket.name, params["Key"])
        preconditions.check_write(params, params["Key"], object_rows.etag_of(newest))
    return bucket, sealing.chosen(ctx, tx, bucket, asked)


def _put(ctx: Context, tx: Tx, params: Params, draft: Draft) -> tuple[Bucket, Row, Params]:
    bucket = load_bucket(tx, params)
    draft = draft._replace(extra=upload_extras.of_upload(ctx, tx, bucket, params))
    newest = object_rows.current(tx, bucket.name, params["Key"])
    preconditions.check_write(params, params["Key"], object_rows.etag_of(newest))
    row = object_rows.write(ctx, tx, bucket, params["Key"], draft, newest)
    object_changes.created(ctx, tx, bucket, row)
    charged = request_payment.charged(ctx, bucket)
    return bucket, row, headers.expiration(tx, bucket, row, ctx.business) | charged


async def commit(ctx: Context, blob: str, work: Any) -> Any:
    """Write rows that refer to a new blob; delete the blob at once if the write is rejected.

    After any other failure (a lost connection to the store, a cancelled call) the row may exist, so the sweep
    decides.
    """
    try:
        return await ctx.transact(work, write=True)
    except AwsError:
        if blob:
            await ctx.platform.objects.delete(blob)
        raise


def answer(bucket: Bucket, row: Row) -> Params:
    """Return the members of the answer for an object that was written."""
    return {
        "ETag": row.quoted_etag,
        **ciphers.read(row.cipher).written_members(),
        **object_rows.sum_members(row),
        **object_rows.written_member(bucket, row),
    }
