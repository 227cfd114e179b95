"""Data keys of KMS in memory, each for the caller who got it and for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from clary.plane.port import Plane

_MOST = 1000
Pair = tuple[bytes, bytes]  # the key, and as KMS encrypted it


class DataKeys:
    """The keys of one process; those that were kept first go when there are too many."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[Pair, float]] = OrderedDict()

    @classmethod
    def of(cls, platform: Plane) -> DataKeys:
        return platform.extras.setdefault("sqs:data-keys", cls())

    def find(self, who: Hashable, now: float) -> Pair | None:
        found = self._kept.get(who)
        return found[0] if found is not None and now < found[1] else None

    def keep(self, who: Hashable, pair: Pair, until: float) -> None:
        self._kept.pop(who, None)
        self._kept[who] = (pair, until)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
