"""Random ids for a busy process, from entropy that is fetched for many at once."""

from __future__ import annotations

import os

from clary.kernel import RandomIds

_AT_ONCE = 256


class PooledIds(RandomIds):
    """Ids as in RandomIds, several times faster. For any thread; not after a fork, or both processes would
    make the same ids."""

    def __init__(self) -> None:
        self._left: list[str] = []

    def uuid(self) -> str:
        while True:
            try:
                return self._left.pop()
            except IndexError:
                self._left = _uuids(_AT_ONCE)


def _uuids(count: int) -> list[str]:
    """Return UUIDs with version and variant in their places (RFC 9562, 5.4); the other 122 bits are random."""
    entropy = os.urandom(16 * count).hex()
    return [
        f"{d[:8]}-{d[8:12]}-4{d[13:16]}-{'89ab'[int(d[16], 16) & 3]}{d[17:20]}-{d[20:]}"
        for d in (entropy[at : at + 32] for at in range(0, len(entropy), 32))
    ]
