"""Which record a ringing run belongs to, so that its controller looks at once and not at its next time.

Learnt by listening: whatever run a record's controller asks about is that record's. Hints alone; without them, or with
wrong ones, all goes the same way and later. Knows no service and no form of run ids.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from clary.plane import Record, World
from clary.runs.api import RunState

Key = tuple[str, str, str]  # kind, scope, id of a record
_MOST = 10_000


class Hearing:
    """What was heard and not yet heeded. `heed` is for one thread; steps may be taken in any."""

    def __init__(self) -> None:
        self._owners: dict[str, Key] = {}
        self._hurried: set[Key] = set()

    def world(self, world: World, record: Record) -> World:
        """The same world, in which it is noted what runs `record` asks about."""
        key = (record.kind, record.scope, record.id)
        return _Listening(world.platform, world.now, world.record, world.principal, self, key)

    def note(self, run_id: str, key: Key) -> None:
        if len(self._owners) >= _MOST and run_id not in self._owners:
            self._owners.clear()
        self._owners[run_id] = key

    def heard(self, ring: bytes) -> None:
        """A bell said this: a run's id, or nothing of use."""
        key = self._owners.get(ring.decode("utf-8", "replace"))
        if key is not None:
            self._hurried.add(key)

    def heed(self, busy: Collection[Key]) -> list[Key]:
        """The records to be looked at now. One that is being looked at stays: what it will write may be of before."""
        free = [key for key in self._hurried if key not in busy]
        self._hurried.difference_update(free)
        return free


class _Listening(World):
    """A World whose executor tells which runs it was asked about."""

    __slots__ = ("_heard",)

    def __init__(
        self, platform: Any, now: float, record: Record, principal: str, hearing: Hearing, key: Key
    ) -> None:
        super().__init__(platform, now, record, principal)
        self._heard = _Runs(platform.runs, hearing, key)

    @property
    def runs(self) -> Any:
        return self._heard


class _Runs:
    """The executor; `inspect` is noted, all else is handed on."""

    def __init__(self, runs: Any, hearing: Hearing, key: Key) -> None:
        self._runs = runs
        self._hearing = hearing
        self._key = key

    def inspect(self, run_id: str) -> RunState:
        self._hearing.note(run_id, self._key)
        return self._runs.inspect(run_id)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runs, name)
