"""The checksums that S3's clients send, all with `update` and `digest`. Knows no request.

CRC32 is the standard library's; CRC32C and CRC64NVME, which in Python would take minutes for a large object, are
anycrc's (Zlib licence, carry-less multiplication, 15 GB/s).
"""

from __future__ import annotations

import hashlib
import zlib
from base64 import b64encode
from collections.abc import Callable
from typing import Any, Protocol

import anycrc

_CRC32C = anycrc.Model("CRC32-ISCSI")
_CRC64NVME = anycrc.Model("CRC64-NVME")
_CRC32 = anycrc.Model("CRC32")  # for `combine` only: zlib's is the faster one


class Checksum(Protocol):
    """As hashlib's objects are."""

    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class _Crc:
    """A running CRC; its digest is big-endian, as AWS encodes it."""

    __slots__ = ("_calc", "_size", "_value")

    def __init__(self, calc: Callable[[Any, int], int], size: int) -> None:
        self._calc = calc
        self._size = size
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = self._calc(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


_MAKERS: dict[str, Callable[[], Checksum]] = {
    "CRC32": lambda: _Crc(zlib.crc32, 4),
    "CRC32C": lambda: _Crc(_crc32c, 4),
    "CRC64NVME": lambda: _Crc(_crc64nvme, 8),
    "SHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
    "MD5": lambda: hashlib.md5(usedforsecurity=False),
}
ALGORITHMS = tuple(_MAKERS)
_COMBINABLE = {"CRC32": (_CRC32, 4), "CRC32C": (_CRC32C, 4), "CRC64NVME": (_CRC64NVME, 8)}


def new(algorithm: str) -> Checksum:
    """Return a running checksum by S3's name of it (`CRC32C`). Raise LookupError for one that we do not have."""
    make = _MAKERS.get(algorithm.upper())
    if make is None:
        raise LookupError(f"no checksum {algorithm}")
    return make()


def encoded(checksum: Checksum) -> str:
    """Return the digest in base64, as it stands in `x-amz-checksum-*`."""
    return b64encode(checksum.digest()).decode()


def of(algorithm: str, data: bytes) -> str:
    """Return the checksum of whole data, in base64."""
    checksum = new(algorithm)
    checksum.update(data)
    return encoded(checksum)


def combine(algorithm: str, first: bytes, second: bytes, second_length: int) -> bytes:
    """Return the CRC of two stretches of bytes one after the other, from the CRC of each (FULL_OBJECT of a
    multipart upload).

    `second_length` is in bytes. Raise LookupError for what cannot be combined: only CRCs can.
    """
    if algorithm not in _COMBINABLE:
        raise LookupError(f"{algorithm} checksums cannot be combined")
    model, size = _COMBINABLE[algorithm]
    value = model.combine(int.from_bytes(first, "big"), int.from_bytes(second, "big"), second_length)
    return value.to_bytes(size, "big")


def _crc32c(data: bytes, value: int) -> int:
    return _CRC32C.calc(data, value) if data else value


def _crc64nvme(data: bytes, value: int) -> int:
    return _CRC64NVME.calc(data, value) if data else value
