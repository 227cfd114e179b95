"""The table of associations: the edges of the lineage graph. Knows no request and no entity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from clary.store.api import Exists, Tx

_COLUMNS = "source, destination, type, source_type, destination_type, created"
_AT_ONCE = 200  # ARNs in one statement


class Edge(NamedTuple):
    """An association: the ARNs of its ends, its type ('' for none), the types of the ends, and when it was made."""

    source: str
    destination: str
    type: str
    source_type: str
    destination_type: str
    created: float


class Page(NamedTuple):
    """Which associations to list: conditions on columns (column, operator, value), their order, and after which row."""

    where: Sequence[tuple[str, str, Any]]
    order: str
    descending: bool
    after: tuple[Any, str, str] | None
    limit: int


def add(tx: Tx, scope: str, edge: Edge) -> bool:
    """Insert an association; return False if its ends are associated already."""
    values = ", ".join("?" * 7)
    try:
        tx.sql(f"insert into sagemaker_association (scope, {_COLUMNS}) values ({values})", scope, *edge)
    except Exists:
        return False
    return True


def remove(tx: Tx, scope: str, source: str, destination: str) -> bool:
    """Delete an association; return whether it was there."""
    return bool(
        tx.sql(
            "delete from sagemaker_association where scope = ? and source = ? and destination = ? returning source",
            scope, source, destination,
        )
    )  # fmt: skip


def touches(tx: Tx, scope: str, arn: str) -> bool:
    """Return whether an entity is at either end of an association."""
    return any(
        tx.sql(f"select 1 from sagemaker_association where scope = ? and {end} = ? limit 1", scope, arn)
        for end in ("source", "destination")
    )


def page(tx: Tx, scope: str, asked: Page) -> list[Edge]:
    """Return the associations of a page, and one more if there are others."""
    direction, beyond = ("desc", "<") if asked.descending else ("asc", ">")
    tests, values = ["scope = ?"], [scope]
    for column, operator, value in asked.where:
        tests.append(f"{column} {operator} ?")
        values.append(value)
    if asked.after is not None:
        tests.append(f"({asked.order}, source, destination) {beyond} (?, ?, ?)")
        values.extend(asked.after)
    order = ", ".join(f"{column} {direction}" for column in (asked.order, "source", "destination"))
    statement = (
        f"select {_COLUMNS} from sagemaker_association where {' and '.join(tests)} order by {order} limit ?"
    )
    return [Edge(*row) for row in tx.sql(statement, *values, asked.limit + 1)]


def around(tx: Tx, scope: str, end: str, arns: Sequence[str]) -> Iterator[Edge]:
    """Yield the associations that have one of these entities as their `source` or `destination`, in order."""
    for start in range(0, len(arns), _AT_ONCE):
        some = arns[start : start + _AT_ONCE]
        marks = ", ".join("?" * len(some))
        rows = tx.sql(
            f"select {_COLUMNS} from sagemaker_association where scope = ? and {end} in ({marks})"
            " order by source, destination",
            scope, *some,
        )  # fmt: skip
        yield from (Edge(*row) for row in rows)
