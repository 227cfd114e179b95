"""S3ComputeObjectChecksum: read an object where it lies, whatever its storage class, and report its checksum.

Source: "Compute checksums" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-compute-checksums.html); the form of the message is
that of "Examples: S3 Batch Operations completion reports".
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from itertools import accumulate

import orjson

from clary.plane import Context
from clary.services.s3 import errors as s3_errors
from clary.services.s3 import object_checksums, object_rows
from clary.services.s3.bucket_rows import Bucket, find_bucket
from clary.services.s3.control.batch import acting
from clary.services.s3.control.batch.doing import Doing
from clary.services.s3.copied_bytes import Source, source_bytes
from clary.services.s3.encryption import cipher as ciphers
from clary.services.s3.encryption import sealing
from clary.services.s3.encryption.cipher import CUSTOMER
from clary.services.s3.object_rows import Row
from clary.services.s3.service import arn_of
from clary.store.api import Tx
from clary.wire import checksums


async def compute(doing: Doing) -> str:
    """Return the message of the report. Raise where the role may not read the object, or nobody may without its key."""
    algorithm = doing.said.get("ChecksumAlgorithm") or object_checksums.DEFAULT
    kind = doing.said.get("ChecksumType") or object_checksums.FULL
    bucket, row = await doing.platform.store.run(lambda tx: _found(doing, tx), write=False)
    ctx = acting.of(doing.platform, doing.job, doing.who, "GetObject")
    keys = await sealing.keys_of(ctx, bucket, row.cipher, None)
    source = Source(bucket, row, False, keys)
    if kind == object_checksums.COMPOSITE:
        digest, end = await _composite(ctx, source, algorithm)
    else:
        digest, end = await _digest(ctx, source, algorithm, 0, row.size), ""
    return _message(row, algorithm, kind, digest, end)


def _found(doing: Doing, tx: Tx) -> tuple[Bucket, Row]:
    ctx = acting.of(doing.platform, doing.job, doing.who, "GetObject", tx)
    bucket = find_bucket(tx, doing.task.bucket)
    if bucket is None:
        raise s3_errors.no_such_bucket(doing.task.bucket)
    action = "s3:GetObject" if doing.task.version is None else "s3:GetObjectVersion"
    acting.require(ctx, action, arn_of(ctx, bucket.name, doing.key), doing.named)
    row = object_rows.load(ctx, tx, doing.named, bucket.name)
    if ciphers.read(row.cipher).kind == CUSTOMER:
        raise s3_errors.invalid_request("SSE-C encryption type is not supported for this operation")
    return bucket, row


async def _digest(ctx: Context, source: Source, algorithm: str, start: int, size: int) -> bytes:
    running = checksums.new(algorithm)
    async for part in source_bytes(ctx, source, start, size):
        await asyncio.to_thread(running.update, part)
    return running.digest()


async def _composite(ctx: Context, source: Source, algorithm: str) -> tuple[bytes, str]:
    """Return the checksum of the parts' checksums, and how many parts there are."""
    sizes = source.row.sizes
    whole = checksums.new(algorithm)
    for start, size in zip(accumulate(sizes, initial=0), sizes, strict=False):
        whole.update(await _digest(ctx, source, algorithm, start, size))
    return whole.digest(), f"-{len(sizes)}"


def _message(row: Row, algorithm: str, kind: str, digest: bytes, end: str) -> str:
    return orjson.dumps(
        {
            "checksum_base64": b64encode(digest).decode() + end,
            "etag": row.etag,
            "checksumAlgorithm": algorithm,
            "checksumType": kind,
            "checksum_hex": digest.hex().upper() + end,
        }
    ).decode()
