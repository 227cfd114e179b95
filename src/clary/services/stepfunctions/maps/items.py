"""The rows of a Map Run's child executions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from clary.store.api import Tx

PENDING, RUNNING, SUCCEEDED = "pending", "running", "SUCCEEDED"


class Item(NamedTuple):
    """One child execution."""

    number: int
    input: str
    items: int
    status: str
    child: str
    output: str | None


def add(tx: Tx, map_run: str, inputs: Iterable[tuple[str, int]], names: Iterable[str]) -> None:
    """Add children that have not begun, each with its input and how many items that has."""
    rows = [
        (map_run, number, text, count, PENDING, name)
        for number, ((text, count), name) in enumerate(zip(inputs, names, strict=True))
    ]
    tx.sql_many(
        "insert into stepfunctions_item (map_run, number, input, items, status, child) values (?, ?, ?, ?, ?, ?)",
        rows,
    )


def waiting(tx: Tx, map_run: str, most: int) -> list[Item]:
    """Return the next children that have not begun."""
    rows = tx.sql(
        "select number, input, items, status, child, output from stepfunctions_item where map_run = ? and status = ? "
        "order by number limit ?",
        map_run,
        PENDING,
        most,
    )
    return [Item(*row) for row in rows]


def page(tx: Tx, map_run: str, after: int, most: int) -> list[Item]:
    """Return the next children behind a number."""
    rows = tx.sql(
        "select number, input, items, status, child, output from stepfunctions_item where map_run = ? and number > ? "
        "order by number limit ?",
        map_run,
        after,
        most,
    )
    return [Item(*row) for row in rows]


def size(tx: Tx, map_run: str) -> int:
    """Return how many characters the results of all children have."""
    statement = (
        "select coalesce(sum(length(output)), 0) from stepfunctions_item where map_run = ? and status = ?"
    )
    ((count,),) = tx.sql(statement, map_run, SUCCEEDED)
    return int(count)


def mark(tx: Tx, map_run: str, number: int, status: str) -> None:
    """Say what a child is at."""
    tx.sql(
        "update stepfunctions_item set status = ? where map_run = ? and number = ?", status, map_run, number
    )


def end(tx: Tx, map_run: str, child: str, status: str, output: str) -> None:
    """Say how a child has ended."""
    tx.sql(
        "update stepfunctions_item set status = ?, output = ? where map_run = ? and child = ? and status = ?",
        status, output, map_run, child, RUNNING,
    )  # fmt: skip


def counts(tx: Tx, map_run: str) -> dict[str, tuple[int, int]]:
    """Return for each status how many children and how many items have it."""
    rows = tx.sql(
        "select status, count(*), sum(items) from stepfunctions_item where map_run = ? group by status",
        map_run,
    )
    return {status: (int(children), int(items)) for status, children, items in rows}
