"""A list that a handler writes as XML itself. Knows no shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload


class Elements(Sequence[dict[str, Any]]):
    """A flattened list of XML, made of the rows that were read: a page of S3 has a thousand of them.

    `value` returns the members of a row, for callers inside of the platform; `markup` returns its whole element as text,
    escaped, in the order of the model.
    """

    __slots__ = ("_rows", "_value", "markup")

    def __init__(
        self,
        rows: Sequence[Any],
        value: Callable[[Any], dict[str, Any]],
        markup: Callable[[Any], str],
    ) -> None:
        self._rows = rows
        self._value = value
        self.markup = markup

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, at: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, at: int | slice) -> Any:
        if isinstance(at, slice):
            return [self._value(row) for row in self._rows[at]]
        return self._value(self._rows[at])

    def xml(self) -> str:
        """Return all elements, one after the other."""
        return "".join([self.markup(row) for row in self._rows])
