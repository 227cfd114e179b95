"""The bytes of layers in the object store, encrypted. Knows no table."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from typing import NamedTuple

from clary.plane import Context
from clary.services.ecr.layers import keys
from clary.services.ecr.layers.digests import Hasher


class Stored(NamedTuple):
    """Bytes that no row names yet: the key of the blob, the number of the encryption key, size in the clear, digest."""

    place: str
    cipher: int
    size: int
    digest: str


class Bytes(NamedTuple):
    """Where the bytes of a layer lie. `sizes` are those of the streams that the blob was joined of."""

    place: str
    cipher: int
    sizes: tuple[int, ...]


async def store(ctx: Context, repository: str, body: bytes | AsyncIterable[bytes]) -> Stored:
    """Store a body for a repository. An exception of the iterator leaves nothing behind. Raise NoSpace, KmsException."""
    number, key = await keys.new(ctx, repository)
    hasher = Hasher()
    blob = await ctx.platform.objects.put(hasher.through(_parts(body)), (key,))
    return Stored(blob.key, number, hasher.size, hasher.digest())


async def _parts(body: bytes | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(body, bytes):
        yield body
        return
    async for part in body:
        yield part


async def read(
    ctx: Context, of: Bytes, key: bytes, start: int = 0, length: int | None = None
) -> AsyncIterator[bytes]:
    """Yield bytes of a layer, in the clear. Raise Missing or Damaged."""
    async for part in ctx.platform.objects.decrypted(of.place, (key,), of.sizes, start, length):
        yield bytes(part)


async def read_all(ctx: Context, repository: str, of: Sequence[Bytes]) -> AsyncIterator[bytes]:
    """Yield the bytes of several blobs of a repository, one after the other."""
    for one in of:
        key = await keys.numbered(ctx, repository, one.cipher)
        async for part in read(ctx, one, key):
            yield part


async def digest_of(ctx: Context, repository: str, of: Sequence[Bytes]) -> str:
    """Return the digest of several blobs of a repository, one after the other."""
    hasher = Hasher()
    async for part in read_all(ctx, repository, of):
        await hasher.add(part)
    return hasher.digest()


async def join(ctx: Context, places: Sequence[str]) -> str:
    """Return one new blob of several, which stay. Those that are joined lie under the same key."""
    return (await ctx.platform.objects.join(places)).key


async def discard(ctx: Context, place: str) -> None:
    """Delete bytes that no row has named."""
    await ctx.platform.objects.delete(place)
