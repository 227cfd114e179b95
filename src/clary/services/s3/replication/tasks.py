"""Rows of what is still to be replicated. Knows no rule.

A row is written in the transaction that changes the object, and deleted in the one that writes the replica: so nothing is
lost or done twice, whenever a process dies.
"""

from __future__ import annotations

from typing import NamedTuple

from clary.services.s3.object_rows import Row
from clary.store.api import Tx

WHOLE, CHANGES = "whole", "changes"
_COLUMNS = "bucket, key, seq, destination, rule, what, since, due, attempts, late"


class Task(NamedTuple):
    """A version (`seq` of `key` in `bucket`) to be replicated into the bucket `destination`, by the rule with this id:
    the WHOLE of it, or CHANGES of tags, ACL and lock alone. `since` and `due` are in epoch seconds of machine time; `late`
    says that the delay was told."""

    bucket: str
    key: str
    seq: int
    destination: str
    rule: str
    what: str
    since: float
    due: float
    attempts: int = 0
    late: int = 0


class Pending(NamedTuple):
    """What a rule has still to do, and since when, in epoch seconds."""

    operations: int
    bytes: int
    since: float


NOTHING = Pending(0, 0, 0.0)


def pending(tx: Tx, bucket: str) -> dict[tuple[str, str], Pending]:
    """Return what is still to be replicated from a bucket, by destination and rule."""
    rows = tx.sql(
        "SELECT t.destination, t.rule, COUNT(*), COALESCE(SUM(o.size), 0), MIN(t.since) FROM s3_replication t"
        " LEFT JOIN s3_object o ON o.bucket = t.bucket AND o.key = t.key AND o.seq = t.seq"
        " WHERE t.bucket = ? GROUP BY t.destination, t.rule",
        bucket,
    )
    return {(to, rule): Pending(count, int(size), since) for to, rule, count, size, since in rows}


def add(tx: Tx, bucket: str, row: Row, destination: str, rule: str, what: str, now: float) -> None:
    """Write a task. One that is there already stays the WHOLE if it was."""
    tx.sql(
        f"INSERT INTO s3_replication ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)"
        " ON CONFLICT (bucket, key, seq, destination) DO UPDATE SET due = excluded.due",
        bucket, row.key, row.seq, destination, rule, what, now, now,
    )  # fmt: skip


def due(tx: Tx, now: float, limit: int) -> list[Task]:
    """Return the tasks that are due, the oldest first."""
    rows = tx.sql(f"SELECT {_COLUMNS} FROM s3_replication WHERE due <= ? ORDER BY due LIMIT ?", now, limit)
    return [Task._make(row) for row in rows]


def current(tx: Tx, task: Task) -> Task | None:
    """Return a task as it is now, or None if it was done meanwhile."""
    rows = tx.sql(f"SELECT {_COLUMNS} FROM s3_replication WHERE {_SAME}", *_key(task))
    return Task._make(rows[0]) if rows else None


def remove(tx: Tx, task: Task) -> None:
    tx.sql(f"DELETE FROM s3_replication WHERE {_SAME}", *_key(task))


def postpone(tx: Tx, task: Task, due: float) -> None:
    """Let a task be tried again at a moment."""
    tx.sql(f"UPDATE s3_replication SET due = ?, attempts = attempts + 1 WHERE {_SAME}", due, *_key(task))


def overdue(tx: Tx, before: float, limit: int) -> list[Task]:
    """Return tasks that have waited since a moment or longer, of which that was not told yet."""
    rows = tx.sql(
        f"SELECT {_COLUMNS} FROM s3_replication WHERE late = 0 AND since <= ? LIMIT ?", before, limit
    )
    return [Task._make(row) for row in rows]


def set_late(tx: Tx, task: Task) -> None:
    tx.sql(f"UPDATE s3_replication SET late = 1 WHERE {_SAME}", *_key(task))


_SAME = "bucket = ? AND key = ? AND seq = ? AND destination = ?"


def _key(task: Task) -> tuple[str, str, int, str]:
    return task.bucket, task.key, task.seq, task.destination
