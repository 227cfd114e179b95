"""Digests of layers and manifests: `sha256:` and 64 hexadecimal digits."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterable, AsyncIterator

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ENOUGH = 256 << 10  # bytes that are worth a thread


def is_digest(text: str) -> bool:
    return _DIGEST.fullmatch(text) is not None


def of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class Hasher:
    """The digest of bytes that pass, computed in threads, some of them at a time."""

    def __init__(self) -> None:
        self.size = 0
        self._hash = hashlib.sha256()
        self._waiting: list[bytes] = []
        self._held = 0

    async def through(self, body: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        """Yield the parts of a body, which are counted and hashed on their way."""
        async for part in body:
            await self.add(bytes(part))
            yield part

    async def add(self, part: bytes) -> None:
        self.size += len(part)
        self._waiting.append(part)
        self._held += len(part)
        if self._held >= _ENOUGH:
            await asyncio.to_thread(self._take)

    def digest(self) -> str:
        """Return the digest of all that has passed."""
        self._take()
        return f"sha256:{self._hash.hexdigest()}"

    def _take(self) -> None:
        for part in self._waiting:
            self._hash.update(part)
        self._waiting, self._held = [], 0
