"""The numbers of queues and logs."""

from __future__ import annotations

from clary.store.api import Tx


def take(tx: Tx, name: str, count: int) -> int:
    """Take this many numbers, and return the first."""
    ((last,),) = tx.sql(
        "insert into record_number (name, last) values (?, ?) on conflict (name) do update"
        " set last = record_number.last + excluded.last returning last",
        name,
        count,
    )
    return last - count + 1


def last(tx: Tx, name: str) -> int:
    """Return the number that was taken last, 0 if none was."""
    rows = tx.sql("select last from record_number where name = ?", name)
    return rows[0][0] if rows else 0
