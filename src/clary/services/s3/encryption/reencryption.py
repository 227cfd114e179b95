"""Encrypt the bytes of a version again, in place: all that its row says of the object stays as it is, its ETag too.

The new bytes are stored first. Then the row is changed, unless it was changed or deleted meanwhile: then the new bytes are
deleted, and nothing has happened. A reader of the old bytes goes on: they are deleted a while later.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from clary.objects.api import Damaged
from clary.objects.encryption import encrypt
from clary.plane import Context
from clary.services.s3 import object_rows
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.copied_bytes import Source, source_bytes
from clary.services.s3.encryption import sealing
from clary.services.s3.encryption.sealing import Sealing
from clary.services.s3.object_rows import Row
from clary.store.api import Tx

_MD5 = re.compile(r"[0-9a-f]{32}")


async def encrypt_again(ctx: Context, bucket: Bucket, source: Source, wanted: Sealing) -> bool:
    """Return whether the version has these keys now; False if it was changed meanwhile. Raise Missing or Damaged."""
    row = source.row
    body, blob = row.body, ""
    if body is not None:
        whole = b"".join([part async for part in source_bytes(ctx, source, 0, row.size)])
        body = encrypt(wanted.keys, whole)
    elif row.blob:
        blob = await _stored(ctx, source, wanted)
    changed = row._replace(body=body, blob=blob, cipher=wanted.cipher.text())
    done = await ctx.transact(lambda tx: _replace(ctx, tx, bucket, row, changed), write=True)
    if blob and not done:
        await ctx.platform.objects.delete(blob)
    return done


async def _stored(ctx: Context, source: Source, wanted: Sealing) -> str:
    """Store the bytes under the new keys, each part as a stream of its own, and return the key of the blob."""
    objects, parts = ctx.platform.objects, []
    try:
        at = 0
        for size in source.row.sizes:
            stored = await objects.put(_part(ctx, source, at, size), wanted.keys)
            parts.append(stored.key)
            _check(source, stored.md5)
            at += size
        return parts.pop() if len(parts) == 1 else (await objects.join(parts)).key
    finally:
        for part in parts:
            await objects.delete(part)


def _check(source: Source, md5: str) -> None:
    """Raise Damaged if bytes that lie in the clear are not those that were stored. The ETag of a plain object is their MD5."""
    if (
        not source.keys
        and not source.row.parts
        and _MD5.fullmatch(source.row.etag)
        and md5 != source.row.etag
    ):
        raise Damaged("the bytes of an object have another MD5 than its row says")


async def _part(ctx: Context, source: Source, start: int, size: int) -> AsyncIterator[bytes]:
    async for piece in source_bytes(ctx, source, start, size):
        yield piece


def _replace(ctx: Context, tx: Tx, bucket: Bucket, before: Row, after: Row) -> bool:
    """Write the row, unless its bytes are others by now."""
    found = object_rows.by_seq(tx, bucket.name, before.key, before.seq)
    if found is None or (found.blob, found.cipher, found.body) != (before.blob, before.cipher, before.body):
        return False
    sealing.keep(ctx, tx, after.cipher)
    tx.sql(
        "UPDATE s3_object SET place = ?, body = ?, cipher = ? WHERE bucket = ? AND key = ? AND seq = ?",
        after.blob, after.body, after.cipher, bucket.name, before.key, before.seq,
    )  # fmt: skip
    if before.blob:
        object_rows.discard_blob(tx, before.blob, ctx.now)
    return True
