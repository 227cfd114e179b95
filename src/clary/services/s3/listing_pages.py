"""Walks an ordered index of keys, folding what shares a prefix up to a delimiter. Knows no table and no answer.

A common prefix costs one more seek however many keys are under it: the walk goes on behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

Row = Sequence[Any]  # the key first

_TOP = "\U0010ffff"
_SMALLEST_BATCH, _LARGEST_BATCH = 32, 1001


class Position(NamedTuple):
    """Where a walk stands: behind `key`, or on it when `on` is true; `mark` tells apart rows of one key, None when
    all of them lie behind."""

    key: str
    inclusive: bool = True
    tie: Any = None


# Rows from a position in order, at most so many, none of them at or above the end key (None: no end).
Fetch = Callable[[Position, str | None, int], list[tuple[Any, ...]]]


class Page(NamedTuple):
    """What one listing shows. `last` is the last row or common prefix of it, in walking order."""

    rows: list[tuple[Any, ...]]
    prefixes: list[str]
    truncated: bool
    last: tuple[Any, ...] | str | None


def successor(prefix: str) -> str | None:
    """The least string above everything that starts with `prefix`, in UTF-8 order; None where there is none."""
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
    """One page of at most `limit` rows and common prefixes that start with `prefix`, after `start`.

    `mark` is the place in a row of what tells apart rows of one key, if several may have one.
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
    """One walk with a delimiter."""

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
                    skip = folded  # shown on an earlier page, or behind the marker
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
        """Behind the last row; behind all of its common prefix when it is under one."""
        if skip and row[0].startswith(skip):
            above = successor(skip)
            return (None if above is None else Position(above)), True
        return Position(
            row[0], inclusive=False, tie=None if self.tie_column is None else row[self.tie_column]
        ), False

    def _common_prefix(self, key: str) -> str:
        at = key.find(self.delimiter, self.prefix_length)
        return "" if at < 0 else key[: at + len(self.delimiter)]
