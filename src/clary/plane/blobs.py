"""Which blobs of the object store the rows of all services name: a sweep deletes no others, and a backup copies these.

A service says in which columns it names blobs (`Service(blobs=("s3_object.place", …))`). Each of them has an index. An empty
text names none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clary.plane.registry import Registry
from clary.store.api import Tx

_BATCH = 1000


def columns_of(services: Registry) -> tuple[str, ...]:
    """Return the columns that name blobs, of services that are loaded or not."""
    return tuple(column for one in services.outlines for column in one.blobs)


def named(tx: Tx, columns: Sequence[str]) -> Iterator[str]:
    """Yield every blob that a row names, sorted. Rows are read in batches within this transaction."""
    last = ""
    while rows := tx.sql(_next(columns), *[last] * len(columns), _BATCH):
        for (last,) in rows:
            yield last


def _next(columns: Sequence[str]) -> str:
    one_by_one = (column.split(".") for column in columns)
    selects = [f"SELECT {name} FROM {table} WHERE {name} > ? AND {name} <> ''" for table, name in one_by_one]
    return f"{' UNION '.join(selects)} ORDER BY 1 LIMIT ?"
