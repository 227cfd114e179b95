"""Rows of tasks and of progress. A task is counted in the transaction that says what became of it, so it counts once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from clary.store.api import Tx

SUCCEEDED, FAILED = "succeeded", "failed"
_LONGEST_MESSAGE = 1024
_THRESHOLD = 1000
_TASK = "number, bucket, key, version"
_FIGURES = "job, scope, active, working, total, succeeded, failed"


class Line(NamedTuple):
    """A line of a manifest: `key` is URL-encoded as it is there, `version` None where there is no such column."""

    bucket: str
    key: str
    version: str | None


class Task(NamedTuple):
    number: int
    bucket: str
    key: str
    version: str | None


class Outcome(NamedTuple):
    """What became of a task, as the completion report says it."""

    status: str
    http: int
    code: str
    message: str


class Progress(NamedTuple):
    """How far a job has got. `working` is until when (machine time) a gateway may be at its tasks."""

    job: str
    scope: str
    active: int = 0
    working: float = 0.0
    total: int = 0
    succeeded: int = 0
    failed: int = 0

    @property
    def done(self) -> int:
        return self.succeeded + self.failed

    @property
    def is_whole(self) -> bool:
        return self.done >= self.total

    @property
    def is_failing(self) -> bool:
        """Whether more than half of the tasks fail, from the thousandth on (batch-ops-job-status-failure, S3 User Guide)."""
        return self.done >= _THRESHOLD and self.failed * 2 > self.done


def begin(tx: Tx, job: str, scope: str) -> None:
    tx.sql(
        f"INSERT INTO s3_batch_progress ({_FIGURES}) VALUES (?, ?, 0, 0, 0, 0, 0) ON CONFLICT (job) DO NOTHING",
        job,
        scope,
    )


def progress(tx: Tx, job: str) -> Progress:
    found = tx.sql(f"SELECT {_FIGURES} FROM s3_batch_progress WHERE job = ?", job)
    return Progress._make(found[0]) if found else Progress(job, "")


def active(tx: Tx, limit: int) -> list[Progress]:
    """Return the jobs whose tasks are to be carried out; those that were looked at longest ago first."""
    found = tx.sql(
        f"SELECT {_FIGURES} FROM s3_batch_progress WHERE active = 1 ORDER BY working, job LIMIT ?", limit
    )
    return [Progress._make(row) for row in found]


def set_active(tx: Tx, job: str, *, on: bool) -> None:
    tx.sql("UPDATE s3_batch_progress SET active = ? WHERE job = ?", int(on), job)


def set_working(tx: Tx, job: str, until: float) -> None:
    tx.sql("UPDATE s3_batch_progress SET working = ? WHERE job = ?", until, job)


def set_total(tx: Tx, job: str, total: int) -> None:
    tx.sql("UPDATE s3_batch_progress SET total = ? WHERE job = ?", total, job)


def add(tx: Tx, job: str, first: int, lines: Iterable[Line]) -> None:
    """Write tasks, the first with this number. Those that are there already stay as they are."""
    tx.sql_many(
        f"INSERT INTO s3_batch_task (job, {_TASK}, status, http, code, message)"
        " VALUES (?, ?, ?, ?, ?, '', 0, '', '') ON CONFLICT (job, number) DO NOTHING",
        [(job, number, *line) for number, line in enumerate(lines, first)],
    )


def open_tasks(tx: Tx, job: str, limit: int) -> list[Task]:
    """Return the first tasks of which nothing has become yet."""
    found = tx.sql(
        f"SELECT {_TASK} FROM s3_batch_task WHERE job = ? AND status = '' ORDER BY number LIMIT ?", job, limit
    )
    return [Task._make(row) for row in found]


def settle(tx: Tx, job: str, number: int, outcome: Outcome) -> None:
    """Write down what became of a task, unless that is known, and count it."""
    known = tx.sql(
        "UPDATE s3_batch_task SET status = ?, http = ?, code = ?, message = ?"
        " WHERE job = ? AND number = ? AND status = '' RETURNING number",
        *outcome._replace(message=_kept(outcome.message)), job, number,
    )  # fmt: skip
    if known:
        column = "succeeded" if outcome.status == SUCCEEDED else "failed"
        tx.sql(f"UPDATE s3_batch_progress SET {column} = {column} + 1 WHERE job = ?", job)


def _kept(message: str) -> str:
    """Return a message as it is stored: not too long, and without NULs, which PostgreSQL does not take."""
    return message.replace("\0", "\ufffd")[:_LONGEST_MESSAGE]


def settled(tx: Tx, job: str, status: str, after: int, limit: int) -> list[tuple[Task, Outcome]]:
    """Return what became of tasks with one status and a number above `after`, in the manifest's order."""
    found = tx.sql(
        f"SELECT {_TASK}, status, http, code, message FROM s3_batch_task"
        " WHERE job = ? AND status = ? AND number > ? ORDER BY number LIMIT ?",
        job, status, after, limit,
    )  # fmt: skip
    return [(Task._make(row[:4]), Outcome._make(row[4:])) for row in found]


def lines(tx: Tx, job: str, after: int, limit: int) -> Iterator[Task]:
    """Yield the tasks with a number above `after`, whatever became of them."""
    found = tx.sql(
        f"SELECT {_TASK} FROM s3_batch_task WHERE job = ? AND number > ? ORDER BY number LIMIT ?",
        job, after, limit,
    )  # fmt: skip
    return map(Task._make, found)


def remove(tx: Tx, job: str, most: int) -> bool:
    """Delete some of a job's tasks. Return whether there may be more."""
    gone = tx.sql(
        "DELETE FROM s3_batch_task WHERE job = ? AND number IN"
        " (SELECT number FROM s3_batch_task WHERE job = ? ORDER BY number LIMIT ?) RETURNING number",
        job, job, most,
    )  # fmt: skip
    return len(gone) == most


def forget(tx: Tx, job: str) -> None:
    """Delete the progress of a job that is gone itself."""
    tx.sql("DELETE FROM s3_batch_progress WHERE job = ?", job)
