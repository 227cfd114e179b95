"""Bytes under opaque keys. Knows nothing of buckets, names or metadata: those are rows of the S3 service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Blob:
    """What was stored: the key to find it by, its size in bytes and its MD5 (hex).

    `md5` is empty where several blobs were joined without reading them: the ETag of a multipart upload is made of
    those of its parts.
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
    """Where bytes live. A blob is immutable and appears whole or not at all."""

    async def put(self, body: AsyncIterator[bytes] | bytes) -> Blob:
        """Store a body under a fresh key. An exception of the iterator (a bad checksum, a broken connection)
        leaves nothing behind. Raise NoSpace."""
        ...

    async def join(self, keys: Sequence[str]) -> Blob:
        """Return one new blob of several, in order (multipart upload). The parts stay until they are deleted.
        The result's `md5` may be empty. Raise Missing, NoSpace."""
        ...

    def get(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Return the bytes from `start`, `length` of them or all. Raise Missing or Damaged on the first step."""
        ...

    def path(self, key: str) -> str | None:
        """Return a local file that holds exactly this blob, for sendfile; None if it has no file of its own."""
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
