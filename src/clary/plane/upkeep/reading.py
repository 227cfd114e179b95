"""Read bytes from the disk slowly, and hold them to what was stored. Knows no table and no service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import NamedTuple

from clary.objects.api import ObjectStore
from clary.objects.encryption import Keys, decrypt, encrypted_size
from clary.wire.checksums import Checksum

MISSING, CHANGED = "the bytes are not there", "the bytes are not those that were stored"
RATE = 8 << 20  # bytes in a second: 20 TB in a month
_PIECE = 1 << 20  # bytes after which others have their turn

Pace = Callable[[int], Awaitable[None]]  # is told how many bytes were read, and waits
Known = tuple[Checksum, bytes]  # a checksum, and what it comes to for the right bytes


class Unreadable(Exception):
    """The bytes of one thing cannot be read; the message says why."""


class Pacer:
    """Lets a scrub read no more than so many bytes in a second."""

    def __init__(self, rate: float = RATE) -> None:
        self._rate = rate
        self._read = 0

    async def __call__(self, size: int) -> None:
        self._read += size
        if self._read >= _PIECE:
            read, self._read = self._read, 0
            await asyncio.sleep(read / self._rate)


class Lying(NamedTuple):
    """How bytes lie: in `blob` or, if it is not None, in `body`, as streams of these `sizes` (of the bytes in the clear), encrypted in so
    many `layers`. `keys` are () where they are not to be had: then the bytes are counted as they lie."""

    blob: str
    sizes: Sequence[int]
    layers: int = 0
    keys: Keys = ()
    body: bytes | None = None


async def reason_of(
    objects: ObjectStore, lying: Lying, first: int, last: int, known: Sequence[Known], pace: Pace
) -> str:
    """Return what is wrong with the bytes of the streams from `first` to `last`, or ''. `known` is about bytes in the clear.
    Raise Missing, Damaged, OSError."""
    size, wanted = 0, _wanted(lying, first, last)
    async for part in _bytes(objects, lying, first, last):
        size += len(part)
        for checksum, _ in known:
            checksum.update(part)
        await pace(len(part))
    return "" if size == wanted and all(one.digest() == digest for one, digest in known) else CHANGED


def _wanted(lying: Lying, first: int, last: int) -> int:
    sizes = lying.sizes[first : last + 1]
    return sum(sizes) if lying.keys else sum(encrypted_size(size, lying.layers) for size in sizes)


def _bytes(objects: ObjectStore, lying: Lying, first: int, last: int) -> AsyncIterator[bytes]:
    if lying.body is not None:
        return _once(lying)
    if lying.keys:
        start = sum(lying.sizes[:first])
        return objects.decrypted(
            lying.blob, lying.keys, lying.sizes, start, sum(lying.sizes[first : last + 1])
        )
    start = sum(encrypted_size(size, lying.layers) for size in lying.sizes[:first])
    # What follows the last stream is too much, so it is read as well.
    length = None if last == len(lying.sizes) - 1 else _wanted(lying, first, last)
    return objects.get(lying.blob, start, length)


async def _once(lying: Lying) -> AsyncIterator[bytes]:
    body = lying.body or b""
    yield decrypt(lying.keys, body, sum(lying.sizes)) if lying.keys else body
