"""Records and transactions: what the control plane remembers. Knows no database and no service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, TypeVar

from clary.kernel import Move
from clary.store.schemas import Schema

T = TypeVar("T")


class Exists(Exception):
    """A record of this kind, scope and id is already there."""


class Stale(Exception):
    """The record was changed or deleted since it was read."""


class NoSpace(Exception):
    """The disk is full. Nothing of this transaction was written, and nothing else was damaged."""


class Busy(Exception):
    """The store could not be had for writing in time: somebody else has held it for too long."""


class Incompatible(Exception):
    """The tables were made by another version of this software, and nothing was changed. Says whose, and what to do."""


@dataclass(frozen=True, slots=True)
class Record:
    """One resource.

    `kind` is its service and noun (`sagemaker:TrainingJob`), `scope` its account and region (`111122223333/us-east-1`),
    `doc` a JSON-serialisable document, `version` counts writes, times are seconds since the epoch.
    A controller is to look at it when `due` has come by the machine's clock or, whichever is first, `until` by business time
    (both None: never). `parent` is the ARN of the record that made this one.
    """

    kind: str
    scope: str
    id: str
    arn: str = ""
    status: str = ""
    doc: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    created: float = 0.0
    modified: float = 0.0
    due: float | None = None
    parent: str = ""
    until: float | None = None

    def evolve(self, **changes: Any) -> Record:
        return replace(self, **changes)

    # The parts of a noun's document (plane/nouns/documents.py); documents of other records have none.

    @property
    def spec(self) -> dict[str, Any]:
        """What was asked for."""
        return self.doc.get("spec", {})

    @property
    def observed(self) -> dict[str, Any]:
        """What the service says of it, beside its status."""
        return self.doc.get("status", {})

    @property
    def private(self) -> dict[str, Any]:
        """What only the service knows."""
        return self.doc.get("private", {})


@dataclass(frozen=True, slots=True)
class Change:
    """Something that became of a record, or of something in a service's own tables.

    Of a record, `what` is `created`, `updated`, `tagged` or `deleted`, and `view` has what was observed of it before and
    after: `{"old": …, "new": …}`, each None or `{"status": …}` with `members` and `tags` where its kind has these observed
    and `parent` where it has one. A service says both in its own words.
    """

    number: int
    kind: str
    scope: str
    id: str
    arn: str
    what: str
    view: dict[str, Any]
    at: float


@dataclass(frozen=True, slots=True)
class Lapsed:
    """A consumer whose position was dropped, since so many changes were not read."""

    name: str
    behind: int


@dataclass(frozen=True, slots=True)
class Trimmed:
    """How many changes were deleted, which consumers do not count any more, and whether there is more to delete."""

    deleted: int
    lapsed: tuple[Lapsed, ...]
    more: bool


Column = Literal["id", "status", "created", "modified"]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Conditions that all hold; of none, always true."""

    of: Sequence[Condition]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Conditions of which one holds at least; of none, never true."""

    of: Sequence[Condition]


Condition = tuple[str, str, Any] | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Query:
    """Which records of a kind, and in which order.

    `where` holds conditions that all hold: (column, `doc.Member.Path` or `tag.KEY`, operator, value), or several as AllOf
    and AnyOf. `doc` alone is the document's JSON text, for `contains`. Operators are `=`, `!=`, `<`, `<=`, `>`, `>=`,
    `contains` (substring; ASCII letters regardless of case) and `in` (a sequence). A member of a document matches
    only a value of its own type (text, number, boolean); `=` None is true of what is null or missing, and `!=` of a
    member or tag that is missing. Pages go on `after` the (sort value, id) of the last record seen, so rows may come and go
    between pages; a listing over all scopes may give (sort value, id, scope), since ids repeat there.
    """

    where: Sequence[Condition] = ()
    order: Column = "created"
    descending: bool = False
    after: tuple[Any, str] | tuple[Any, str, str] | None = None
    limit: int = 100


class Tx(Protocol):
    """One transaction."""

    def get(self, kind: str, scope: str, id: str) -> Record | None: ...
    def by_arn(self, arn: str) -> Record | None: ...
    def insert(self, record: Record) -> Record:
        """Version becomes 1. Raises Exists."""
        ...

    def update(self, record: Record) -> Record:
        """Compare-and-set on `version`, which goes up by one. Raises Stale. Ends any lease."""
        ...

    def delete(self, record: Record) -> None:
        """Also deletes the tags of its ARN. Raises Stale."""
        ...

    def list(self, kind: str, scope: str | None, query: Query = Query()) -> list[Record]:
        """Scope None lists over all scopes."""
        ...

    def count(self, kind: str, scope: str | None, query: Query = Query()) -> int: ...
    def claim_due(
        self, kinds: Sequence[str], now: float, lease: float, limit: int, ahead: float = 0.0
    ) -> list[Record]:
        """Due records of these kinds that nobody holds, now held for `lease` seconds; the longest due first. Times are the
        machine's, of which business time is `ahead`. What a record was waiting for is taken off it when it is claimed.
        Each kind has the same share of the limit as far as it has due records; what does not divide goes to the kinds
        that come first. The lease is not part of the version: the holder writes with the version it was given."""
        ...

    def postpone(self, record: Record, due: float | None, until: float | None = None) -> Record:
        """Only move `due` and `until`, and end any lease: what was read of the record stays current, so `version` stays as well.
        Raises Stale as `update` does."""
        ...

    def hasten(self, kind: str, scope: str, id: str, now: float) -> None:
        """Make a record due now that is due later. Its version stays, and so does a lease."""
        ...

    def hasten_all(self, kinds: Sequence[str], now: float) -> None:
        """Make all records of these kinds due now that are to be looked at later, and end their leases."""
        ...

    def end_leases(self, kinds: Sequence[str]) -> None:
        """End the leases on all records of these kinds."""
        ...

    def next_due(self, kinds: Sequence[str], ahead: float = 0.0) -> float | None:
        """When, by the machine's clock, the earliest record of these kinds falls due or its lease ends."""
        ...

    def moves(self) -> list[Move]:
        """Every move of business time, the oldest first."""
        ...

    def newest_move(self) -> Move | None:
        """The last of them."""
        ...

    def write_move(self, move: Move) -> None:
        """Move business time: it is ahead by more than before. Raises Stale where another has done so at the same moment."""
        ...

    def tag(self, arn: str, tags: Mapping[str, str]) -> None: ...
    def untag(self, arn: str, keys: Iterable[str]) -> None: ...
    def tags(self, arn: str) -> dict[str, str]: ...
    def once(self, scope: str, operation: str, token: str) -> dict[str, Any] | None:
        """The result remembered for an idempotency token."""
        ...

    def remember(self, scope: str, operation: str, token: str, result: Mapping[str, Any]) -> None: ...
    def changed(self, kind: str, scope: str, id: str, arn: str, what: str, view: Mapping[str, Any]) -> None:
        """Write a change of a service's own. Records' changes write themselves, where what is observed differs."""
        ...

    def changes(self, after: int, limit: int, kinds: Sequence[str] | None = None) -> list[Change]:
        """Changes with higher numbers, in the order in which they were committed; those of a record in the order in
        which they happened. Where these are fewer than `limit`, all up to `newest_change` were looked at."""
        ...

    def newest_change(self) -> int:
        """The number up to which this transaction sees all changes; 0 where there were none yet."""
        ...

    def position(self, name: str) -> int | None:
        """The last change that a consumer is done with. None where it has never said so, or had fallen too far behind."""
        ...

    def take_position(self, name: str) -> int:
        """Return the last change that a consumer is done with, 0 where it has never said so. Until this transaction ends
        no other one can take it or advance it: those wait, and may then raise Stale. The first statement of a transaction
        that acts."""
        ...

    def advance(self, name: str, number: int) -> None:
        """A consumer is done with all changes up to this one. It never goes back."""
        ...

    def trim_changes(self, keep: int = 10_000, most: int = 100_000) -> Trimmed:
        """Delete changes that all consumers are done with, but for the newest `keep`, which people may look at.
        A consumer that is more than `most` behind does not count: its position is dropped."""
        ...

    def sql(self, statement: str, *args: Any) -> list[tuple[Any, ...]]:
        """A statement over a service's own tables, with `?` for each argument; rows as tuples. The dialect is
        what SQLite and PostgreSQL share (dialect.py): upserts, `returning`, row values; LIKE minds case. Raises
        Exists when a unique key is taken; the transaction may go on."""
        ...

    def sql_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None: ...


class Store(Protocol):
    """Where records live. Several processes may use one store at once."""

    def read(self) -> AbstractContextManager[Tx]:
        """A snapshot to read from."""
        ...

    def write(self) -> AbstractContextManager[Tx]:
        """All or nothing; committed when the block ends without an exception. Raises NoSpace, Busy, and Stale
        where another transaction changed what this one had read. A thread has one at a time (RuntimeError)."""
        ...

    async def run(self, work: Callable[[Tx], T], *, write: bool) -> T:
        """Do `work` in a transaction without blocking the event loop for long. Writes that arrive together
        may share one commit, but each fails or succeeds alone, and none is acknowledged before it is durable
        against the death of this process. `work` runs in any thread, and again when another transaction came in
        between (PostgreSQL): it must change nothing but the store."""
        ...

    def submit(self, work: Callable[[Tx], T]) -> asyncio.Future[T]:
        """Begin what `run(work, write=True)` does. The work is done also where nobody awaits the future."""
        ...

    def listen(self, called: Callable[[], None]) -> None:
        """Call this after each commit that wrote changes, in the thread that committed. It must not wait. Also called now
        and then where none was written."""
        ...

    def migrate(self, schemas: Mapping[str, Schema]) -> None:
        """Bring our own tables and each service's, by name, up to this version; all or nothing. What was made is
        remembered, and Incompatible raised where a later version made it, or another made it otherwise (migration.py)."""
        ...

    def wipe(self) -> None:
        """Forget everything but which tables there are (POST /_clary/reset)."""
        ...

    def close(self) -> None: ...
