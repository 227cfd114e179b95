"""How the bytes of a version or of a part lie, and what is known of them.

| encrypted by | what is looked at |
|---|---|
| S3's own key | every segment is authentic; checksums and MD5s |
| a key of KMS, a customer's key | that all bytes are there: nobody is asked for the key |
| nothing | checksums and MD5s, of each part of an upload; the length |
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Sequence

from clary.objects.encryption import Keys
from clary.plane import Platform
from clary.plane.upkeep.reading import Known, Lying, Unreadable
from clary.services.s3 import object_checksums
from clary.services.s3.encryption import cipher as ciphers
from clary.services.s3.encryption.cipher import AES, Cipher
from clary.services.s3.encryption.service_keys import service_keys
from clary.wire import checksums

_MD5 = re.compile(r"[0-9a-f]{32}")


async def lying(
    platform: Platform, text: str, blob: str, sizes: Sequence[int], body: bytes | None = None
) -> Lying:
    """Return how bytes lie whose cipher is `text`. Raise Unreadable."""
    cipher = ciphers.read(text)
    return Lying(blob, sizes, cipher.layers, await _keys(platform, cipher), body)


async def _keys(platform: Platform, cipher: Cipher) -> Keys:
    if cipher.kind != AES:
        return ()
    try:
        return (await service_keys.opened(platform, cipher.number),)
    except KeyError:
        raise Unreadable(f"the key {cipher.number} of S3, under which they lie, is not there") from None


def known(text: str, sum_: str, etag: str) -> list[Known]:
    """Return what is known of whole bytes with this cipher, stored checksum and ETag ('' for one that is not theirs)."""
    if ciphers.read(text).kind not in ("", AES):
        return []
    found: list[Known] = []
    if sum_ and not object_checksums.is_composite(sum_):
        algorithm, _, value = sum_.split(" ")
        found.append((checksums.new(algorithm), b64decode(value)))
    if _MD5.fullmatch(etag):
        found.append((checksums.new("MD5"), bytes.fromhex(etag)))
    return found
