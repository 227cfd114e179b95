"""A process that puts blobs until it is killed: prints each key and MD5 once it is acknowledged.

python -m tests.objects.putter ROOT SIZE
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator

from clary.objects.files import FileStore


async def body(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, 50_000):
        yield os.urandom(min(50_000, size - start))
        await asyncio.sleep(0)


async def put(root: str, size: int) -> None:
    store = FileStore(root)

    async def lane() -> None:
        while True:
            blob = await store.put(body(size))
            print(blob.key, blob.size, blob.md5, flush=True)

    await asyncio.gather(*(lane() for _ in range(3)))


if __name__ == "__main__":
    asyncio.run(put(sys.argv[1], int(sys.argv[2])))
