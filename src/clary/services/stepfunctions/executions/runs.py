"""The tables of an execution: what it is at, its history, its tasks, and for whom it waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from clary.services.stepfunctions.interpreter.run import Event
from clary.store.api import Stale, Tx

_IN_A_ROW = 200
_LARGEST_ROW = 1 << 20


class Row(NamedTuple):
    """A row of stepfunctions_run."""

    version: int
    input: str
    output: str | None
    state: str | None


class Task(NamedTuple):
    """A row of stepfunctions_task, as its execution looks at it."""

    token: str
    status: str
    worker: str | None
    beat: float | None
    outcome: str | None


def insert(tx: Tx, arn: str, input: str) -> None:
    """Add an execution that has not begun."""
    tx.sql("insert into stepfunctions_run (execution, version, input) values (?, 0, ?)", arn, input)


def load(tx: Tx, arn: str) -> Row:
    """Return what an execution is at."""
    ((*row,),) = tx.sql(
        "select version, input, output, state from stepfunctions_run where execution = ?", arn
    )
    return Row(*row)


def save(
    tx: Tx, arn: str, version: int, state: str | None, events: Sequence[Event], output: str | None = None
) -> None:
    """Write what an execution is at, and its new events. Raise Stale if somebody else has moved it."""
    written = tx.sql(
        "update stepfunctions_run set version = version + 1, state = ?, output = ? where execution = ? and version = ? "
        "returning version",
        state,
        output,
        arn,
        version,
    )
    if not written:
        raise Stale
    append(tx, arn, events)


def append(tx: Tx, arn: str, events: Sequence[Event]) -> None:
    """Add events to a history, some in each row."""
    rows: list[tuple[str, int, int, str]] = []
    at = 0
    while at < len(events):
        part, body = _part(events, at)
        rows.append((arn, part[0]["i"], part[-1]["i"], body))
        at += len(part)
    if rows:
        tx.sql_many(
            "insert into stepfunctions_history (execution, first, last, events) values (?, ?, ?, ?)", rows
        )


def _part(events: Sequence[Event], at: int) -> tuple[Sequence[Event], str]:
    """Return the next events that fit into a row; one event always does."""
    count = _IN_A_ROW
    while True:
        part = events[at : at + count]
        body = orjson.dumps(part).decode()
        if len(body) <= _LARGEST_ROW or len(part) == 1:
            return part, body
        count = max(1, len(part) // 4)


def page(tx: Tx, arn: str, after: int, most: int, is_reversed: bool) -> list[Event]:
    """Return up to `most` events behind one, in either direction."""
    found: list[Event] = []
    order = "desc" if is_reversed else "asc"
    condition = "first < ?" if is_reversed else "last > ?"
    while len(found) < most:
        rows = tx.sql(
            f"select events from stepfunctions_history where execution = ? and {condition} order by first {order} limit 4",
            arn,
            after,
        )
        for (body,) in rows:
            part = orjson.loads(body)
            found += [
                one
                for one in (reversed(part) if is_reversed else part)
                if _is_behind(one, after, is_reversed)
            ]
        if len(rows) < 4 or not found:
            break
        after = found[-1]["i"]
    return found[:most]


def _is_behind(event: Event, after: int, is_reversed: bool) -> bool:
    return event["i"] < after if is_reversed else event["i"] > after


# tasks and children --------------------------------------------------------------------------------------------------


def add_task(tx: Tx, scope: str, arn: str, frame: int, task: dict[str, Any], input: str, now: float) -> None:
    """Let somebody report about a task."""
    activity = task["arn"] if task["family"] == "activity" else ""
    tx.sql(
        "insert into stepfunctions_task (token, scope, execution, frame, attempt, activity, status, scheduled, input) "
        "values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        task["token"], scope, arn, frame, task["attempt"], activity,
        "scheduled" if activity else "started", now, input if activity else "",
    )  # fmt: skip


def tasks(tx: Tx, arn: str) -> dict[str, Task]:
    """Return the tasks of an execution that somebody reports about, by their tokens."""
    rows = tx.sql(
        "select token, status, worker, beat, outcome from stepfunctions_task where execution = ?", arn
    )
    return {row[0]: Task(*row) for row in rows}


def drop_tasks(tx: Tx, tokens: Sequence[str]) -> None:
    """Let nobody report about tasks any more."""
    for token in tokens:
        tx.sql("delete from stepfunctions_task where token = ?", token)


def add_child(tx: Tx, child: str, arn: str) -> None:
    """Let an execution be woken when something that it began changes."""
    tx.sql(
        "insert into stepfunctions_child (child, execution) values (?, ?) on conflict (child, execution) do nothing",
        child,
        arn,
    )


def settle(tx: Tx, arn: str) -> None:
    """Forget the tasks and children of an execution that has ended."""
    tx.sql("delete from stepfunctions_task where execution = ?", arn)
    tx.sql("delete from stepfunctions_child where execution = ?", arn)


def waiting_for(tx: Tx, child: str) -> list[str]:
    """Return the ARNs of the executions that wait for something."""
    return [arn for (arn,) in tx.sql("select execution from stepfunctions_child where child = ?", child)]


def last_event(tx: Tx, arn: str) -> int:
    """Return the id of the last event of a history."""
    ((last,),) = tx.sql("select coalesce(max(last), 0) from stepfunctions_history where execution = ?", arn)
    return int(last)
