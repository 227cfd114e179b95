"""Results without what their shape does not have: nulls and unknown members. Knows no protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary.wire.serialize.json import Write, Writer
from clary.wire.shapes import Shape

Trim = Callable[[dict[str, Any]], dict[str, Any]]


class _Trimmer(Writer):
    """Walks as the JSON writer does and leaves names and values alone."""

    def __init__(self) -> None:
        self._made = {}

    def scalar(self, shape: Shape) -> Write | None:
        return None

    def wire_name(self, member: Shape, name: str) -> str:
        return name


def compile_trim(shape: Shape | None) -> Trim:
    """Return a function that trims results of this shape; of none, everything goes."""
    trim = _Trimmer().of(shape) if shape is not None else None
    return trim or (lambda result: {})
