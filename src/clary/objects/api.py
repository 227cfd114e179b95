"""Bytes under opaque keys. Knows nothing of buckets, names or metadata: those are rows of the S3 service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Blob:
    """What was stored: the key to find it by, its size in bytes and its MD5 (hex), both of the bytes in the clear.

    `md5` is empty where several blobs were joined without reading them: the ETag of a multipart upload is made of
    those of its parts. The size is then that of the bytes as they lie.
    """

    key: str
    size: int
    md5: str


class Missing(Exception):
    """No bytes under this key."""


class Damaged(Exception):
    """The bytes under this key are not those that were stored: the disk lost or changed them."""


class NoSpace(Exception):
    """The disk is full. Nothing was stored, and nothing else was damaged."""


class ObjectStore(Protocol):
    """Where bytes live. A blob is immutable and appears whole or not at all.

    It lies encrypted where it was stored with `keys`, of 32 bytes, one for each layer (encryption.py). Only who has the same
    keys, and knows the sizes of the blobs that it was joined of, can read it.
    """

    async def put(self, body: AsyncIterator[bytes] | bytes, keys: tuple[bytes, ...] = ()) -> Blob:
        """Store a body under a fresh key. An exception of the iterator (a bad checksum, a broken connection)
        leaves nothing behind. Raise NoSpace."""
        ...

    async def join(self, keys: Sequence[str]) -> Blob:
        """Return one new blob of several, in order (multipart upload), as they lie: those that are encrypted have the same
        keys. The parts stay until they are deleted. The result's `md5` may be empty. Raise Missing, NoSpace."""
        ...

    def get(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Return the bytes from `start`, `length` of them or all, as they lie. Raise Missing or Damaged on the first step."""
        ...

    def decrypted(
        self,
        key: str,
        keys: tuple[bytes, ...],
        sizes: Sequence[int],
        start: int = 0,
        length: int | None = None,
    ) -> AsyncIterator[bytes]:
        """Return the same of an encrypted blob, in the clear. `sizes` are those of the blobs that it was joined of, or its
        own. Raise Missing; Damaged also in the middle, where a segment is not what was stored, or with other keys."""
        ...

    def path(self, key: str) -> str | None:
        """Return a local file that holds exactly this blob as it lies, for sendfile; None if it has no file of its own."""
        ...

    async def delete(self, key: str) -> None:
        """Idempotent."""
        ...

    def deleting(self) -> AbstractContextManager[bool]:
        """Give the right to delete what rows have named, if it is to be had: False while a backup copies it. Ask before the
        rows are read that say what to delete."""
        ...

    async def sweep(self, live: set[str], older_than: float) -> int:
        """Delete blobs that no row names and that are older than this (seconds): what a crash left behind."""
        ...
