"""Read the bytes of one version and hold them to what was stored.

| encrypted by | what is looked at |
|---|---|
| S3's own key | every segment is authentic; the MD5, where the ETag is one |
| a key of KMS, a customer's key | that all bytes are there: nobody is asked for the key |
| nothing | the MD5, where the ETag is one; the length |
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable

from clary.objects.api import Damaged, Missing
from clary.objects.encryption import decrypt, encrypted_size
from clary.plane import Context
from clary.services.s3.encryption import cipher as ciphers
from clary.services.s3.encryption.cipher import AES, Cipher
from clary.services.s3.encryption.service_keys import service_keys
from clary.services.s3.object_rows import Row

MISSING, CHANGED = "the bytes are not there", "the bytes are not those that were stored"
_MD5 = re.compile(r"[0-9a-f]{32}")

Pace = Callable[[int], Awaitable[None]]  # is told how many bytes were read, and waits


async def reason_of(ctx: Context, row: Row, pace: Pace) -> str:
    """Return what is wrong with the bytes of a version, or ''."""
    cipher = ciphers.read(row.cipher)
    size, digest = 0, hashlib.md5(usedforsecurity=False)
    try:
        async for part in await _bytes(ctx, row, cipher):
            size += len(part)
            digest.update(part)
            await pace(len(part))
    except Missing:
        return MISSING
    except Damaged:
        return CHANGED
    return "" if size == _size(row, cipher) and _fits(row, cipher, digest.hexdigest()) else CHANGED


async def _bytes(ctx: Context, row: Row, cipher: Cipher) -> AsyncIterator[bytes]:
    """Return the bytes in the clear where S3 can read them by itself, else as they lie."""
    objects = ctx.platform.objects
    keys = (await service_keys.numbered(ctx, cipher.number),) if cipher.kind == AES else ()
    if row.body is not None:
        return _once(decrypt(keys, row.body, row.size) if keys else row.body)
    return objects.decrypted(row.blob, keys, row.sizes, 0, row.size) if keys else objects.get(row.blob)


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _size(row: Row, cipher: Cipher) -> int:
    if cipher.kind in ("", AES):
        return row.size
    return sum(encrypted_size(size, cipher.layers) for size in row.sizes)


def _fits(row: Row, cipher: Cipher, md5: str) -> bool:
    plain = cipher.kind in ("", AES) and not row.parts and _MD5.fullmatch(row.etag)
    return not plain or md5 == row.etag
