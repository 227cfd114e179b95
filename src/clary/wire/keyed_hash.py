"""HMAC-SHA256 (RFC 2104) with keys that come again and again. Knows no signature.

The first block of both hashes depends on the key alone. Its state is kept and copied, which takes less than half of the
time of `hmac.digest`.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

_BLOCK = 64  # bytes of a block of SHA-256
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


class KeyedHash:
    """HMAC-SHA256 under one key of at most 64 bytes. For any thread."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        if len(key) > _BLOCK:
            raise ValueError("a longer key would have to be hashed first")
        padded = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(padded.translate(_INNER))
        self._outer = hashlib.sha256(padded.translate(_OUTER))

    def hexdigest(self, message: bytes) -> str:
        """Return the code of a message in lower-case hexadecimal digits."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.hexdigest()


@lru_cache(maxsize=4096)
def keyed_hash(key: bytes) -> KeyedHash:
    """Return the hash of a key, the same object for the same key."""
    return KeyedHash(key)
