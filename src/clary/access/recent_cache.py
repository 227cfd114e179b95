"""A cache whose values are valid for a second. Does not know what they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_SECONDS = 1.0
_MOST = 32768


class RecentCache(Generic[K, V]):
    """Caches at most 32768 values, each for one second of machine time.

    After `clear`, nothing is cached for a second: the change behind it may not be committed yet, and a value
    read before the change must not come back.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._values: dict[K, tuple[float, V]] = {}
        self._unsettled = 0.0

    def get(self, key: K) -> V | None:
        found = self._values.get(key)
        return found[1] if found is not None and found[0] > self._timer() else None

    def put(self, key: K, value: V) -> None:
        now = self._timer()
        if now < self._unsettled:
            return
        if len(self._values) >= _MOST:
            self._values.clear()
        self._values[key] = (now + _SECONDS, value)

    def clear(self) -> None:
        self._unsettled = self._timer() + _SECONDS
        self._values.clear()
