"""The bytes of a copy: those of the source, as they lie, or encrypted again.

Blobs never change, so a copy refers to the blob of its source where both are encrypted by S3's own key, or neither is.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from clary.objects.encryption import Keys, decrypt
from clary.plane import Context
from clary.services.s3 import object_checksums, request_body
from clary.services.s3.bucket_rows import Bucket, load_bucket
from clary.services.s3.encryption import cipher as ciphers
from clary.services.s3.encryption import sealing
from clary.services.s3.encryption.cipher import AES, etag_of
from clary.services.s3.encryption.wanted import Wanted
from clary.services.s3.object_checksums import Claim
from clary.services.s3.object_rows import Draft, Row
from clary.services.s3.request_body import BodyHasher

Params = dict[str, Any]


class Source(NamedTuple):
    """The source of a copy, as it was found, with the keys to read it. `by_version` says whether the request names a
    version id."""

    bucket: Bucket
    row: Row
    by_version: bool
    keys: Keys


async def source_bytes(ctx: Context, source: Source, start: int, length: int) -> AsyncIterator[bytes]:
    """Yield `length` bytes of a source from `start`, in chunks."""
    row, keys, objects = source.row, source.keys, ctx.platform.objects
    if row.body is not None:
        body = decrypt(keys, row.body, row.size) if keys else row.body
        yield body[start : start + length]
    elif row.blob:
        stored = (
            objects.decrypted(row.blob, keys, row.sizes, start, length)
            if keys
            else objects.get(row.blob, start, length)
        )
        async for part in stored:
            yield part


async def of(ctx: Context, params: Params, source: Source, asked: Wanted, algorithm: str | None) -> Draft:
    """Return size, ETag, checksum and bytes of the copy. `algorithm` is the checksum that is asked for, or None."""
    bucket = await ctx.transact(lambda tx: load_bucket(tx, params))
    chosen = await ctx.transact(lambda tx: sealing.chosen(ctx, tx, bucket, asked))
    kind = ciphers.read(source.row.cipher).kind
    # The sizes of parts, which it takes to read an encrypted blob of several, would be shown as the copy's.
    if chosen.kind == kind == "" or (chosen.kind == kind == AES and not source.row.parts):
        return await _shared(ctx, source, algorithm)
    cipher, keys = await sealing.for_upload(ctx, bucket, params["Key"], chosen)
    kept = _algorithm(source.row, algorithm)
    bytes_ = source_bytes(ctx, source, 0, source.row.size)
    stored = await request_body.store(ctx.platform.objects, bytes_, Claim(), kept, source.row.size, keys)
    etag = etag_of(cipher, stored.md5, keys)
    return Draft(stored.size, etag, stored.full_sum, blob=stored.blob, body=stored.body, cipher=cipher.text())


async def _shared(ctx: Context, source: Source, algorithm: str | None) -> Draft:
    row = source.row
    etag, sum_ = await _digests(ctx, source, _algorithm(row, algorithm))
    return Draft(row.size, etag, sum_, blob=row.blob, body=row.body, cipher=row.cipher)


def _algorithm(row: Row, wanted: str | None) -> str:
    return wanted or (row.sum.split(" ")[0] if row.sum else object_checksums.DEFAULT)


async def _digests(ctx: Context, source: Source, algorithm: str) -> tuple[str, str]:
    """Return ETag and checksum of the copy. It has one part, so the bytes of a multipart source are read for
    its MD5."""
    row = source.row
    kept = row.sum if row.sum.startswith(f"{algorithm} {object_checksums.FULL} ") else ""
    if kept and not row.parts:
        return row.etag, kept
    md5, hasher = hashlib.md5(usedforsecurity=False), BodyHasher(Claim(), algorithm, None, None)
    async for part in source_bytes(ctx, source, 0, row.size):
        await asyncio.to_thread(md5.update, part)
        if not kept:
            await asyncio.to_thread(hasher.update, part)
    return md5.hexdigest(), kept or object_checksums.text_of(algorithm, object_checksums.FULL, hasher.sum())
