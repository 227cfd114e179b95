"""The bytes of a replica: those of the source as they lie, or encrypted again with another key of KMS.

The role decrypts the source (kms:Decrypt) and encrypts the replica's data key (kms:Encrypt): "kms:Encrypt for the
destination" is all that AWS asks for (Replicating encrypted objects, S3 User Guide; awslabs/landing-zone-accelerator-on-aws#1144).
"""

from __future__ import annotations

import os
from base64 import b64encode
from dataclasses import replace
from typing import NamedTuple

import orjson

from clary.kernel import AwsError
from clary.objects.encryption import KEY, Keys
from clary.plane import Context
from clary.services.s3 import bucket_features, errors, request_body
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.copied_bytes import Source, source_bytes
from clary.services.s3.encryption import cipher as ciphers
from clary.services.s3.encryption import sealing
from clary.services.s3.encryption.cipher import CUSTOMER, DSSE, KMS, WITH_KMS, Cipher, etag_of
from clary.services.s3.encryption.kms import MANAGED
from clary.services.s3.encryption.service_keys import service_keys
from clary.services.s3.encryption.wanted import NOTHING, Wanted
from clary.services.s3.object_checksums import DEFAULT, Claim
from clary.services.s3.object_rows import Row
from clary.services.s3.replication.rules import Rule
from clary.services.s3.service import arn_of
from clary.store.api import Tx


class Content(NamedTuple):
    """Bytes that were encrypted for a replica, and what its row says of them; `blob` and `body` as in the row."""

    etag: str
    blob: str
    body: bytes | None
    cipher: str


def wanted(ctx: Context, tx: Tx, row: Row, target: Bucket, rule: Rule) -> Wanted | None:
    """Return how the replica is encrypted, or None if it shares the bytes of the source.

    "The replica is encrypted using the same type of encryption"; one in the clear by the target's default. Raise
    AccessDenied where the target blocks customers' keys.
    """
    kind = ciphers.read(row.cipher).kind
    if kind == CUSTOMER and not target.has(bucket_features.CUSTOMER_KEYS):
        raise errors.access_denied()
    default = sealing.chosen(ctx, tx, target, NOTHING)
    if kind in WITH_KMS:
        return Wanted(kind, rule.kms_key, bucket_key=bool(default.bucket_key) and kind == KMS)
    if kind or not default.kind or row.marker:
        return None
    return default


async def encrypted(ctx: Context, source: Bucket, row: Row, target: Bucket, how: Wanted) -> Content:
    """Return the bytes of a version as the replica has them. Raise what KMS refuses."""
    keys = await sealing.keys_of(ctx, source, row.cipher, None)
    cipher, new = await _sealed(ctx, target, row.key, how)
    read = Source(source, row, True, keys)
    if row.parts:
        return Content(row.etag, await _parts(ctx, read, new), None, cipher.text())
    bytes_ = source_bytes(ctx, read, 0, row.size)
    stored = await request_body.store(ctx.platform.objects, bytes_, Claim(), DEFAULT, row.size, new)
    return Content(etag_of(cipher, stored.md5, new), stored.blob, stored.body, cipher.text())


async def _parts(ctx: Context, read: Source, keys: Keys) -> str:
    """Encrypt each part by itself, as its upload did, and return the blob of all of them."""
    objects, made, start = ctx.platform.objects, [], 0
    for size in read.row.sizes:
        made.append((await objects.put(source_bytes(ctx, read, start, size), keys)).key)
        start += size
    if len(made) == 1:
        return made[0]
    whole = (await objects.join(made)).key
    for blob in made:
        await objects.delete(blob)
    return whole


async def _sealed(ctx: Context, target: Bucket, key: str, how: Wanted) -> tuple[Cipher, Keys]:
    if how.kind not in WITH_KMS:
        return await sealing.for_upload(ctx, target, key, how)
    cipher, data_key = await _data_key(ctx, target, key, how)
    if how.kind != DSSE:
        return cipher, (data_key,)
    number, own = await service_keys.current(ctx)
    return cipher._replace(number=number), (data_key, own)


async def _data_key(ctx: Context, target: Bucket, key: str, how: Wanted) -> tuple[Cipher, bytes]:
    data_key = os.urandom(KEY)
    context = {"aws:s3:arn": arn_of(ctx, target.name, None if how.bucket_key else key)}
    request = {"KeyId": how.kms_key or MANAGED, "Plaintext": data_key, "EncryptionContext": context}
    made = await replace(ctx, region=target.region).acall("kms", "Encrypt", request, forwarded=True)
    cipher = Cipher(
        how.kind,
        kms_key=made["KeyId"],
        data_key=b64encode(made["CiphertextBlob"]).decode(),
        context=orjson.dumps(context).decode(),
        bucket_key=bool(how.bucket_key),
    )
    return cipher, data_key


def is_final(error: AwsError) -> bool:
    """Return whether an error comes again however often it is tried."""
    return error.status < 500 and "Throttling" not in error.code
