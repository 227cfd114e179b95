"""Blobs of the tests of object stores."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

from clary.objects.api import Missing, ObjectStore

SIZES = [0, 1, 1000, 65_535, 65_536, 65_537, 1_000_000, 3_500_000]


async def parts(data: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]
        await asyncio.sleep(0)


def run(work: Awaitable[Any]) -> Any:
    async def main() -> Any:
        return await work

    return asyncio.run(main())


async def read(store: ObjectStore, key: str, *span: Any) -> bytes:
    return b"".join([piece async for piece in store.get(key, *span)])


async def missing(store: ObjectStore, key: str) -> bool:
    try:
        await read(store, key)
    except Missing:
        return True
    return False


def total(folder: Path) -> int:
    """Bytes in all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


async def read_encrypted(
    store: ObjectStore, key: str, keys: tuple[bytes, ...], sizes: Any, *span: Any
) -> bytes:
    return b"".join([piece async for piece in store.decrypted(key, keys, sizes, *span)])
