"""Records and transactions: the interface of the control plane's store. Knows no database and no service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from clary.kernel import Move
from clary.store.schemas import Schema

T = TypeVar("T")


class Exists(Exception):
    """A record of this kind, scope and id exists already."""


class Stale(Exception):
    """The record was changed or deleted since it was read."""


class NoSpace(Exception):
    """The disk is full. Nothing of this transaction was written, and nothing else was damaged."""


class Busy(Exception):
    """The store could not be locked for writing in time, because another writer held it too long."""


class Incompatible(Exception):
    """The tables were made by another version of this software; nothing was changed.

    The message says whose tables they are and what to do.
    """


@dataclass(frozen=True, slots=True)
class Record:
    """A resource.

    `kind` is its service and noun (`sagemaker:TrainingJob`), `scope` its account and region
    (`111122223333/us-east-1`), `doc` a document that JSON can represent. `version` counts writes. Times are
    in epoch seconds. A controller handles the record at `due` in machine time or at `until` in business time,
    whichever comes first (None: never). `parent` is the ARN of the record that created this one, or ''.
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

    # The parts of a noun's document (plane/nouns/documents.py). Documents of other records do not have them.

    @property
    def spec(self) -> dict[str, Any]:
        """The configuration that was asked for."""
        return self.doc.get("spec", {})

    @property
    def observed(self) -> dict[str, Any]:
        """What the service reports about the record besides its status."""
        return self.doc.get("status", {})

    @property
    def private(self) -> dict[str, Any]:
        """What only the service itself may see."""
        return self.doc.get("private", {})


class Version(NamedTuple):
    """One state of one record. A record that was deleted and made again has another `created`."""

    scope: str
    id: str
    version: int
    created: float


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a record, or of something in a service's own tables.

    For a record, `what` is `created`, `updated`, `tagged` or `deleted`, and `view` holds what is observed of
    it before and after: `{"old": …, "new": …}`. Each is None or `{"status": …}`, with `members` and `tags` if
    these are observed for its kind, and `parent` if it has one. A service chooses its own `what` and `view`
    for its own tables.
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
    """A consumer whose position was dropped because it had too many unread changes."""

    name: str
    behind: int


@dataclass(frozen=True, slots=True)
class Trimmed:
    """How many changes were deleted, which consumers were dropped, and whether there is more to delete."""

    deleted: int
    lapsed: tuple[Lapsed, ...]
    more: bool


Column = Literal["id", "status", "created", "modified"]
NO_NUMBER = -1.7e308
"""The sort value of a record without a number, in an order by a member: before all that have one."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """True if all conditions hold; also if there are none."""

    of: Sequence[Condition]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True if at least one condition holds; false if there are none."""

    of: Sequence[Condition]


@dataclass(frozen=True, slots=True)
class In:
    """True if a service's own table has a row with these values whose `column` is the record's id.

    The table needs an index that begins with the columns of `where` and ends with `column`: it is asked once for each
    record that is looked at, in the order of the query, until the page is full.
    """

    table: str
    column: str
    where: Mapping[str, Any]


Condition = tuple[str, str, Any] | AllOf | AnyOf | In


@dataclass(frozen=True, slots=True)
class Query:
    """Selects and orders records of a kind.

    `where` holds conditions that must all be true: (column, `doc.Member.Path` or `tag.KEY`, operator, value),
    an AllOf or AnyOf of conditions, or an In. `doc` alone is the document's JSON text, for `contains`. Operators are
    `=`, `!=`, `<`, `<=`, `>`, `>=`, `contains` (substring; ignores the case of ASCII letters), `in` (a
    sequence) and, for members and tags, `number =`, `number <` and so on: a text that is plainly written as a number
    is compared as one, and any other text matches.

    A member of a document matches only a value of its own type (text, number, boolean). `=` None matches a
    member that is null or missing; `!=` matches a member or tag that is missing. The next page comes `after`
    the (sort value, id) of the last record seen, so records may be added and deleted between pages. `order` is a column,
    or `doc.Member.Path` for the numbers there; the sort value of a record without one is NO_NUMBER. A listing
    over all scopes may give (sort value, id, scope), since ids repeat across scopes. The documents of a `shared` listing
    may be those that other calls got, and must not be changed.
    """

    where: Sequence[Condition] = ()
    order: str = "created"
    descending: bool = False
    after: tuple[Any, str] | tuple[Any, str, str] | None = None
    limit: int = 100
    shared: bool = False


class Tx(Protocol):
    """A transaction."""

    def get(self, kind: str, scope: str, id: str) -> Record | None: ...
    def by_arn(self, arn: str) -> Record | None: ...
    def insert(self, record: Record) -> Record:
        """Insert a record with version 1 and return it. Raise Exists."""
        ...

    def update(self, record: Record) -> Record:
        """Write a record if its version is current, and return it with the next version. Raise Stale. End any
        lease."""
        ...

    def delete(self, record: Record) -> None:
        """Delete a record and the tags of its ARN. Raise Stale."""
        ...

    def list(self, kind: str, scope: str | None, query: Query = Query()) -> list[Record]:
        """List records; in all scopes if `scope` is None."""
        ...

    def count(self, kind: str, scope: str | None, query: Query = Query()) -> int: ...
    def versions(self, kind: str) -> list[Version]:
        """Which records of a kind there are, over all scopes, and in which version: what tells whether one must be read
        again, for a hundredth of what it costs to read them."""
        ...

    def claim_due(
        self, kinds: Sequence[str], now: float, lease: float, limit: int, ahead: float = 0.0
    ) -> list[Record]:
        """Claim due records of these kinds for `lease` seconds and return them, the longest due first.

        Times are in machine time; business time is `ahead` of it. Claiming clears `due` and `until`. Every
        kind gets the same share of `limit`, if it has that many due records; what is left over goes to the
        first kinds. A lease does not change the version, so the holder writes with the version that it was
        given.
        """
        ...

    def postpone(self, record: Record, due: float | None, until: float | None = None) -> Record:
        """Set `due` and `until` and end any lease, without changing the version. Raise Stale like `update`."""
        ...

    def hasten(self, kind: str, scope: str, id: str, now: float) -> None:
        """Make a record due now if it is due later. Its version and its lease stay."""
        ...

    def hasten_all(self, kinds: Sequence[str], now: float) -> None:
        """Make all records of these kinds that are due later due now, and end their leases."""
        ...

    def end_leases(self, kinds: Sequence[str]) -> None:
        """End the leases on all records of these kinds."""
        ...

    def next_due(self, kinds: Sequence[str], ahead: float = 0.0) -> float | None:
        """Return the earliest machine time at which a record of these kinds is due or its lease ends, or
        None."""
        ...

    def moves(self) -> list[Move]:
        """Return every move of business time, the oldest first."""
        ...

    def newest_move(self) -> Move | None:
        """Return the latest move of business time, or None."""
        ...

    def write_move(self, move: Move) -> None:
        """Move business time forward. Raise Stale if another transaction moved it at the same time."""
        ...

    def tag(self, arn: str, tags: Mapping[str, str]) -> None: ...
    def untag(self, arn: str, keys: Iterable[str]) -> None: ...
    def tags(self, arn: str) -> dict[str, str]: ...
    def once(self, scope: str, operation: str, token: str) -> dict[str, Any] | None:
        """Return the result stored for an idempotency token, or None."""
        ...

    def remember(self, scope: str, operation: str, token: str, result: Mapping[str, Any]) -> None: ...
    def changed(self, kind: str, scope: str, id: str, arn: str, what: str, view: Mapping[str, Any]) -> None:
        """Write a change of a service's own tables to the feed. Changes of records are written automatically."""
        ...

    def changes(self, after: int, limit: int, kinds: Sequence[str] | None = None) -> list[Change]:
        """Return changes with numbers above `after`, in the order of their commits; those of one record in
        the order in which they happened.

        If fewer than `limit` are returned, there are no others up to `newest_change`.
        """
        ...

    def newest_change(self) -> int:
        """Return the number up to which this transaction sees all changes; 0 if there are none yet."""
        ...

    def is_wanted(self, kind: str, subject: str = "") -> bool:
        """Whether anybody wants changes of a kind that its service writes on demand: of this subject or of all."""
        ...

    def want(self, name: str, kind: str, subject: str = "", seconds: float | None = None) -> None:
        """From the commit of this transaction, let changes of a kind be written for a consumer or a follower: of one
        subject (a service's own word, such as a bucket) or of all; for some seconds by the machine's clock or until it is
        given up."""
        ...

    def seconds_wanted(self, name: str, kind: str) -> float:
        """How long an interest in all of a kind still lasts: infinity where it does not end, 0 where there is none."""
        ...

    def enroll(self, name: str, kinds: Sequence[str] = ()) -> None:
        """Say that a consumer is there: it has a position, before the oldest change where it had none, and wants all changes
        of these kinds."""
        ...

    def position(self, name: str) -> int | None:
        """Return the number of the last change that a consumer has handled; None if it is new or was dropped."""
        ...

    def take_position(self, name: str) -> int:
        """Return the number of the last change that a consumer has handled, 0 if it is new, and lock the
        position.

        Until this transaction ends, others that take or advance the position wait, and may then raise Stale.
        Call it first in a transaction that handles changes.
        """
        ...

    def advance(self, name: str, number: int) -> None:
        """Record that a consumer has handled all changes up to this number. The position never goes back."""
        ...

    def trim_changes(self, keep: int = 10_000, most: int = 100_000, silent: float = 600.0) -> Trimmed:
        """Delete changes that all consumers have handled, except for the newest `keep`, which people may
        read.

        A consumer is dropped, with what it wanted, if it is more than `most` behind and has not advanced for
        `silent` seconds, or if it is ten times as far behind. It does not hold back the deletion.
        """
        ...

    def sql(self, statement: str, *args: Any) -> list[tuple[Any, ...]]:
        """Execute a statement on a service's own tables, with `?` for each argument; return rows as tuples.

        The dialect is what SQLite and PostgreSQL share (dialect.py): upserts, RETURNING, row values; LIKE is
        case-sensitive. Raise Exists if a unique key is taken; the transaction can continue.
        """
        ...

    def sql_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None: ...


class Store(Protocol):
    """Where records are stored. Several processes may use one store at once."""

    def read(self) -> AbstractContextManager[Tx]:
        """Return a snapshot to read from."""
        ...

    def write(self) -> AbstractContextManager[Tx]:
        """Return a transaction that is committed when the block ends without an exception, or else rolled
        back.

        Raise NoSpace, Busy, or Stale if another transaction changed what this one had read. A thread can have
        one at a time (RuntimeError).
        """
        ...

    def perform(self, work: Callable[[Tx], T]) -> T:
        """Run `work` in a transaction that writes, in this thread, and again if another transaction came in between
        (PostgreSQL): so it must change nothing but the store. Raise NoSpace, Busy."""
        ...

    async def run(self, work: Callable[[Tx], T], *, write: bool) -> T:
        """Run `work` in a transaction without blocking the event loop for long.

        Writes that arrive together may share a commit, but each fails or succeeds by itself, and none is
        acknowledged before it would survive the death of this process. `work` runs in any thread, and again
        if another transaction came in between (PostgreSQL), so it must change nothing but the store.
        """
        ...

    def submit(self, work: Callable[[Tx], T]) -> asyncio.Future[T]:
        """Start what `run(work, write=True)` does. The work is done even if the future is not awaited."""
        ...

    def listen(self, called: Callable[[], None]) -> None:
        """Call a function after each commit with changes, in the thread that committed. It must not block.

        It is called now and then without changes, too.
        """
        ...

    def migrate(self, schemas: Mapping[str, Schema]) -> None:
        """Bring the tables of the store and of each service (by name) up to this version, all or none.

        What was made is recorded. Raise Incompatible if a later version made the tables, or if they were
        altered otherwise (migration.py).
        """
        ...

    def wipe(self) -> None:
        """Delete all rows but keep the tables (POST /_clary/reset)."""
        ...

    def close(self) -> None: ...
