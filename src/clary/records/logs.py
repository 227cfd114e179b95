"""Logs of records, as rows."""

from __future__ import annotations

from collections.abc import Sequence

from clary.records import numbers
from clary.records.api import Entry
from clary.store.api import Tx

_AT_ONCE = 64  # rows: what is read too much is bounded by this many records


def append(tx: Tx, log: str, records: Sequence[bytes], now: float) -> int:
    if not records:
        return numbers.last(tx, log)
    first = numbers.take(tx, log, len(records))
    rows = [(log, number, now, data) for number, data in enumerate(records, first)]
    tx.sql_many("insert into record_entry (log, number, at, data) values (?, ?, ?, ?)", rows)
    return first + len(records) - 1


def read(tx: Tx, log: str, after: int, most: int, size: int) -> list[Entry]:
    found: list[Entry] = []
    held = 0
    while len(found) < most and held < size:
        rows = _rows(tx, log, after, min(_AT_ONCE, most - len(found)))
        for row in rows:
            if held >= size:
                break
            found.append(Entry(*row[:2], bytes(row[2])))
            held += len(found[-1].data)
        if len(rows) < _AT_ONCE:
            break
        after = found[-1].number
    return found


def _rows(tx: Tx, log: str, after: int, most: int) -> list[tuple[int, float, bytes]]:
    return tx.sql(  # type: ignore[return-value]
        "select number, at, data from record_entry where log = ? and number > ? order by number limit ?",
        log,
        after,
        most,
    )


def before(tx: Tx, log: str, moment: float) -> int:
    """By bisection: numbers have no gaps, and times do not go back by more than clocks do."""
    low, high = _first(tx, log) - 1, numbers.last(tx, log)
    while low < high:
        middle = (low + high + 1) // 2
        ((at,),) = tx.sql("select at from record_entry where log = ? and number = ?", log, middle)
        low, high = (middle, high) if at < moment else (low, middle - 1)
    return low


def _first(tx: Tx, log: str) -> int:
    """Return the number of the first record that is there; if there is none, the next that will be given."""
    ((first,),) = tx.sql("select min(number) from record_entry where log = ?", log)
    return numbers.last(tx, log) + 1 if first is None else first


def trim(tx: Tx, log: str, through: int, most: int) -> int:
    rows = tx.sql(
        "delete from record_entry where log = ? and number <= ? and number <"
        " (select min(number) from record_entry where log = ?) + ? returning number",
        log,
        through,
        log,
        most,
    )
    return len(rows)
