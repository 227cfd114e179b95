"""Interests: who wants changes that a service writes on demand, as S3 does for its objects. Often nobody does.

An interest is a row, read in the transaction that would write the change. So every transaction that is committed
after the interest writes its changes, and what was committed before it is in the service's tables. Changes of records
are always written. Knows no driver.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Execute = Callable[[str, Sequence[Any]], Any]


class Interests:
    """The interests as one transaction sees them. `execute` is the driver's, `clock` the machine's."""

    __slots__ = ("_clock", "_execute", "_say")

    def __init__(self, say: Mapping[str, str], execute: Execute, clock: Callable[[], float]) -> None:
        self._say = say
        self._execute = execute
        self._clock = clock

    def is_wanted(self, kind: str, subject: str) -> bool:
        found = self._execute(self._say["is_wanted"], (kind, subject, self._clock())).fetchone()
        return found is not None

    def seconds_left(self, name: str, kind: str) -> float:
        """Return how long an interest in all of a kind still lasts; 0 if there is none."""
        row = self._execute(self._say["interest_ends"], (kind, "", name)).fetchone()
        if row is None:
            return 0.0
        return float("inf") if row[0] is None else max(0.0, row[0] - self._clock())

    def want(self, name: str, kind: str, subject: str, seconds: float | None) -> None:
        ends = None if seconds is None else self._clock() + seconds
        self._execute(self._say["want"], (kind, subject, name, ends))

    def enroll(self, name: str, kinds: Sequence[str]) -> None:
        self._execute(self._say["enroll"], (name, self._clock()))
        self._execute(self._say["give_up_all"], (_registered(name),))
        for kind in kinds:
            self.want(_registered(name), kind, "", None)

    def forget(self, name: str) -> None:
        """Delete all interests of a consumer that was dropped: nothing is written for it any more."""
        for one in (name, _registered(name)):
            self._execute(self._say["give_up_all"], (one,))

    def tidy(self) -> None:
        """Delete the interests that have ended."""
        self._execute(self._say["give_up_ended"], (self._clock(),))


def _registered(name: str) -> str:
    """Return the name for the interests that a consumer has because it is registered for kinds.

    They are written again at each start, which must not delete what the consumer asked for itself.
    """
    return f"{name} (registered)"
