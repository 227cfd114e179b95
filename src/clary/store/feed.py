"""The change feed: what became of records, written in the transaction that did it, and read by number afterwards.

A number must never become visible after a higher one, or a reader that has passed it would miss it. SQLite has one
writer at a time. On PostgreSQL the rows of a transaction wait until its end and are written under a lock, which the
server keeps until what was committed is visible. Knows no driver.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from clary.store.api import Change, Lapsed, Record, Trimmed
from clary.store.document_formats import encode

if TYPE_CHECKING:
    from clary.store.tx import Execute, Language

_MOST_OF_SLOW = 10  # times as much as of a dead one is kept for a consumer that advances, but slowly
_MOST_AT_ONCE = 10_000  # rows that one transaction deletes: it holds a lock that others wait for


@dataclass(frozen=True, slots=True)
class Observe:
    """What is observed of a kind's records beside their status: top-level members of the document, and the tags."""

    members: tuple[str, ...] = ()
    tags: bool = False


Observed = Mapping[str, Observe]
"""By kind. Of a kind that is not among them the status alone is observed."""

_STATUS = Observe()


class Sight(NamedTuple):
    """What was observed of a record at one moment."""

    arn: str
    view: dict[str, Any]


class Feed:
    """The feed of one transaction. `execute` is the driver's."""

    __slots__ = ("_execute", "_language", "_say", "_waiting", "has_written")

    def __init__(self, language: Language, execute: Execute) -> None:
        self._language = language
        self._say = language.statements
        self._execute = execute
        self._waiting: list[tuple[Any, ...]] = []
        self.has_written = False

    # what is written ---------------------------------------------------------------------------------------------

    def created(self, record: Record) -> None:
        observe = self._observe(record.kind)
        self._write(record, record.arn, "created", None, self._view(observe, record))

    def before(self, record: Record) -> Sight | None:
        """Return what can be observed of the version that a record was read in, or None where there is
        another by now."""
        observe = self._observe(record.kind)
        statement = self._say["seen_whole" if observe.members else "seen"]
        row = self._execute(statement, _seen(record)).fetchone()
        if row is None:
            return None
        arn, parent, status, *doc = row
        stored = self._language.formats.decode(record.kind, *doc) if doc else {}
        return Sight(
            arn, self._view(observe, Record(record.kind, "", "", arn, status, stored, parent=parent))
        )

    def updated(self, record: Record, before: Sight) -> None:
        after = self._view(self._observe(record.kind), record)
        if after != before.view:
            self._write(record, record.arn, "updated", before.view, after)

    def deleted(self, record: Record, before: Sight) -> None:
        self._write(record, before.arn, "deleted", before.view, None)

    def owner(self, arn: str) -> Record | None:
        """Return the record whose tags are observed and that has this ARN."""
        if not self._language.observes_tags:
            return None
        row = self._execute(self._say["owner"], (arn,)).fetchone()
        if row is None or not self._observe(row[0]).tags:
            return None
        kind, scope, id, version = row
        return Record(kind, scope, id, arn, version=version)

    def tagged(self, record: Record, before: Sight) -> None:
        after = self.before(record)
        if after is not None and after.view != before.view:
            self._write(record, record.arn, "tagged", before.view, after.view)

    def end(self, execute: Execute) -> None:
        """Execute by this from now on."""
        self._execute = execute

    def changed(self, kind: str, scope: str, id: str, arn: str, what: str, view: Mapping[str, Any]) -> None:
        row = (kind, scope, id, arn, what, encode(view), self._language.clock())
        self.has_written = True
        if self._language.dialect.serialize:
            self._waiting.append(row)
        else:
            self._execute(self._say["write_change"], row)

    def flush(self) -> None:
        """Write what waits. From then on no other transaction can, until this one has ended."""
        if not self._waiting:
            return
        self._execute(self._language.dialect.serialize, ())
        for row in self._waiting:
            self._execute(self._say["write_change"], row)
        self._waiting.clear()

    # what is read ------------------------------------------------------------------------------------------------

    def changes(self, after: int, limit: int, kinds: Sequence[str] | None) -> list[Change]:
        self.flush()
        where = (
            "1 = 1" if kinds is None else f"kind in ({', '.join('?' for _ in kinds)})" if kinds else "1 = 0"
        )
        statement = self._language.dialect.translate(self._say["changes"].format(where=where))
        rows = self._execute(statement, [after, *(kinds or ()), limit]).fetchall()
        return [
            Change(number, kind, scope, id, arn, what, orjson.loads(view), float(at))
            for number, kind, scope, id, arn, what, view, at in rows
        ]

    def newest(self) -> int:
        self.flush()
        return self._execute(self._say["newest_change"], ()).fetchone()[0]

    def position(self, name: str) -> int | None:
        row = self._execute(self._say["position"], (name,)).fetchone()
        return row[0] if row else None

    def take_position(self, name: str) -> int:
        return self._execute(self._say["take_position"], (name, self._language.clock())).fetchone()[0]

    def advance(self, name: str, number: int) -> None:
        self._execute(self._say["advance"], (name, number, self._language.clock()))

    def trim(self, keep: int, most: int, silent: float) -> Trimmed:
        newest, before = self.newest(), self._language.clock() - silent
        consumers = self._execute(self._say["consumers"], ()).fetchall()
        lapsed = [
            Lapsed(name, newest - at)
            for name, at, seen in consumers
            if newest - at > (most if seen <= before else _MOST_OF_SLOW * most)
        ]
        for one in lapsed:
            self._execute(self._say["drop_consumer"], (one.name,))
        dropped = {one.name for one in lapsed}
        positions = [at for name, at, _ in consumers if name not in dropped]
        # The newest stays in any case: it says where the feed has got to.
        read = min([*positions, newest - max(keep, 1)])
        deleted = self._execute(self._say["trim"], (read, _MOST_AT_ONCE)).rowcount
        return Trimmed(deleted, tuple(lapsed), deleted == _MOST_AT_ONCE)

    # -------------------------------------------------------------------------------------------------------------

    def _observe(self, kind: str) -> Observe:
        return self._language.observed.get(kind, _STATUS)

    def _view(self, observe: Observe, record: Record) -> dict[str, Any]:
        view: dict[str, Any] = {"status": record.status}
        if record.parent:
            view["parent"] = record.parent
        if observe.members:
            held = {**record.doc, **record.spec, **record.observed}
            shown = {name: held[name] for name in observe.members if name in held}
            view["members"] = orjson.loads(encode(shown))  # as they will be read
        if observe.tags:
            view["tags"] = dict(self._execute(self._say["tags"], (record.arn,)).fetchall())
        return view

    def _write(
        self, record: Record, arn: str, what: str, old: dict[str, Any] | None, new: dict[str, Any] | None
    ) -> None:
        self.changed(record.kind, record.scope, record.id, arn, what, {"old": old, "new": new})


def _seen(record: Record) -> tuple[str, str, str, int]:
    return record.kind, record.scope, record.id, record.version
