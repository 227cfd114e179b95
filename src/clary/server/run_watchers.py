"""Which records wait for which runs, so that controllers handle them at once when a run changes.

A run belongs to the record whose controller asks about it. These are hints: without them, the same happens
later, at the record's next turn. Knows no service and no form of run ids.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from clary.plane import Record, World
from clary.runs.api import RunState

Key = tuple[str, str, str]  # kind, scope, id of a record
_MOST = 10_000


class RunWatchers:
    """Runs, the records that wait for them, and the records to handle now.

    Call `notify` and `take` from one thread; `note` may be called from any.
    """

    def __init__(self) -> None:
        self._owners: dict[str, Key] = {}
        self._hurried: set[Key] = set()

    def world(self, world: World, record: Record) -> World:
        """Return a world that notes which runs the controller of `record` asks about."""
        key = (record.kind, record.scope, record.id)
        return _Listening(world.platform, world.now, world.record, world.principal, self, key)

    def note(self, run_id: str, key: Key) -> None:
        if len(self._owners) >= _MOST and run_id not in self._owners:
            self._owners.clear()
        self._owners[run_id] = key

    def notify(self, ring: bytes) -> None:
        """Handle a wake-up message: the id of a run that changed; anything else is ignored."""
        key = self._owners.get(ring.decode("utf-8", "replace"))
        if key is not None:
            self._hurried.add(key)

    @property
    def has_news(self) -> bool:
        """Return whether there are records to handle."""
        return bool(self._hurried)

    def take(self, busy: Collection[Key]) -> list[Key]:
        """Return the records to handle now. Skip busy records: their pending write may be based on an older
        state."""
        free = [key for key in self._hurried if key not in busy]
        self._hurried.difference_update(free)
        return free


class _Listening(World):
    """A World whose executor notes which runs it was asked about."""

    __slots__ = ("_heard",)

    def __init__(
        self, platform: Any, now: float, record: Record, principal: str, watchers: RunWatchers, key: Key
    ) -> None:
        super().__init__(platform, now, record, principal)
        self._heard = _Runs(platform.runs, watchers, key)

    @property
    def runs(self) -> Any:
        return self._heard


class _Runs:
    """The executor, with `inspect` noted."""

    def __init__(self, runs: Any, watchers: RunWatchers, key: Key) -> None:
        self._runs = runs
        self._watchers = watchers
        self._key = key

    def inspect(self, run_id: str) -> RunState:
        self._watchers.note(run_id, self._key)
        return self._runs.inspect(run_id)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runs, name)
