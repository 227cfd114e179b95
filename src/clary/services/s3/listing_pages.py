"""Read pages from an ordered index of keys, with keys grouped by common prefix. Knows no table and no answer.

A common prefix costs one more query, however many keys it has: the next query starts after all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

Row = Sequence[Any]  # the key first

_TOP = "\U0010ffff"
_SMALLEST_BATCH, _LARGEST_BATCH = 32, 1001


class Position(NamedTuple):
    """A position in the index: after `key`, or at it if `inclusive`.

    Several rows may have the same key; `tie` is then the value after which to continue within the key. None
    skips all its rows.
    """

    key: str
    inclusive: bool = True
    tie: Any = None


# (position, end key or None, limit) -> at most `limit` rows from the position, in order, below the end key.
Fetch = Callable[[Position, str | None, int], list[tuple[Any, ...]]]


class Page(NamedTuple):
    """A page of a listing. `last` is its last row or common prefix, whichever comes later in key order."""

    rows: list[tuple[Any, ...]]
    prefixes: list[str]
    truncated: bool
    last: tuple[Any, ...] | str | None


def successor(prefix: str) -> str | None:
    """Return the least string greater than all that start with `prefix`, in UTF-8 order; None if there is
    none."""
    prefix = prefix.rstrip(_TOP)
    if not prefix:
        return None
    code = ord(prefix[-1]) + 1
    return prefix[:-1] + chr(0xE000 if code == 0xD800 else code)  # no surrogates in UTF-8


def walk(
    fetch: Fetch,
    prefix: str,
    delimiter: str,
    start: Position | None,
    limit: int,
    tie_column: int | None = None,
) -> Page:
    """Return a page of at most `limit` rows and common prefixes that start with `prefix`, from `start` on.

    If several rows can have the same key, `tie_column` is the index of the column that orders them.
    """
    if limit == 0:
        return Page([], [], False, None)
    end = successor(prefix) if prefix else None
    position = start if start is not None and start.key >= prefix else Position(prefix)
    if not delimiter:
        return _plain(fetch(position, end, limit + 1), limit)
    return _Fold(fetch, prefix, delimiter, end, start.key if start else "", tie_column).page(position, limit)


def _plain(rows: list[tuple[Any, ...]], limit: int) -> Page:
    shown = rows[:limit]
    return Page(shown, [], len(rows) > limit, shown[-1] if shown else None)


class _Fold:
    """A listing with a delimiter."""

    def __init__(
        self, fetch: Fetch, prefix: str, delimiter: str, end: str | None, after: str, tie_column: int | None
    ) -> None:
        self.fetch = fetch
        self.prefix_length = len(prefix)
        self.delimiter = delimiter
        self.end = end
        self.after = after
        self.tie_column = tie_column

    def page(self, position: Position | None, limit: int) -> Page:
        rows: list[tuple[Any, ...]] = []
        prefixes: list[str] = []
        last: tuple[Any, ...] | str | None = None
        size = _SMALLEST_BATCH
        while position is not None:
            batch = self.fetch(position, self.end, size)
            jumped = False
            skip = ""
            for row in batch:
                if skip and row[0].startswith(skip):
                    continue
                folded = self._common_prefix(row[0])
                if folded and folded <= self.after:
                    skip = folded  # shown on an earlier page, or before the marker
                    continue
                if len(rows) + len(prefixes) == limit:
                    return Page(rows, prefixes, True, last)
                if folded:
                    prefixes.append(folded)
                    last = skip = folded
                else:
                    rows.append(row)
                    last, skip = row, ""
            if len(batch) < size:
                break
            position, jumped = self._next(batch[-1], skip)
            size = _SMALLEST_BATCH if jumped else min(size * 2, _LARGEST_BATCH)
        return Page(rows, prefixes, False, last)

    def _next(self, row: tuple[Any, ...], skip: str) -> tuple[Position | None, bool]:
        """Return the position after the last row, or after its whole common prefix if it has one; and whether
        it skips."""
        if skip and row[0].startswith(skip):
            above = successor(skip)
            return (None if above is None else Position(above)), True
        return Position(
            row[0], inclusive=False, tie=None if self.tie_column is None else row[self.tie_column]
        ), False

    def _common_prefix(self, key: str) -> str:
        at = key.find(self.delimiter, self.prefix_length)
        return "" if at < 0 else key[: at + len(self.delimiter)]
