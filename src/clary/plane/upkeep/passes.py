"""How far the scrub of each service is, as rows."""

from __future__ import annotations

from typing import NamedTuple

from clary.plane.upkeep.damage import Place
from clary.store.api import Tx

_COLUMNS = [
    "kind",
    "first",
    "second",
    "number",
    "place",
    "part",
    "begun",
    "bytes",
    "things",
    "ended",
    "last_bytes",
    "last_things",
]


class Pass(NamedTuple):
    """A pass through all things of a service.

    It goes on with things of `kind` behind `after`; with '' it has ended. Of the next thing, `part` parts are read if its bytes
    still lie in `blob`. `begun` is 0 before the first pass (seconds since the epoch), `ended` 0 before the end of the first one.
    """

    kind: str = ""
    after: Place = Place()
    blob: str = ""
    part: int = 0
    begun: float = 0.0
    bytes: int = 0
    things: int = 0
    ended: float = 0.0
    last_bytes: int = 0
    last_things: int = 0

    def begin(self, kind: str, now: float) -> Pass:
        """Return a new pass, which begins with this kind."""
        return Pass(
            kind, begun=now, ended=self.ended, last_bytes=self.last_bytes, last_things=self.last_things
        )

    def behind(self, place: Place) -> Pass:
        """Return this pass after one more thing."""
        return self._replace(after=place, blob="", part=0, things=self.things + 1)

    def turn_to(self, kind: str) -> Pass:
        """Return this pass at the first thing of another kind."""
        return self._replace(kind=kind, after=Place(), blob="", part=0)

    def end(self, now: float) -> Pass:
        """Return this pass at its end."""
        return self.turn_to("")._replace(ended=now, last_bytes=self.bytes, last_things=self.things)


def current(tx: Tx, service: str) -> Pass:
    """Return the pass that goes on, or the last one."""
    rows = tx.sql(f"SELECT {', '.join(_COLUMNS)} FROM scrub WHERE service = ?", service)
    return _pass_of(rows[0]) if rows else Pass()


def every(tx: Tx) -> dict[str, Pass]:
    """Return the pass of each service that has begun one."""
    rows = tx.sql(f"SELECT service, {', '.join(_COLUMNS)} FROM scrub ORDER BY service")
    return {row[0]: _pass_of(row[1:]) for row in rows}


def keep(tx: Tx, service: str, now: Pass) -> None:
    """Write down how far a pass is."""
    marks = ", ".join("?" * (len(_COLUMNS) + 1))
    tx.sql(
        f"INSERT INTO scrub (service, {', '.join(_COLUMNS)}) VALUES ({marks}) ON CONFLICT (service) DO UPDATE SET "
        + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS),
        service, now.kind, *now.after, *now[2:],
    )  # fmt: skip


def _pass_of(row: tuple) -> Pass:
    return Pass(row[0], Place._make(row[1:4]), *row[4:])
