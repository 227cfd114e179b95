"""Documents as JSON, and upgrades of old documents when they are read. Knows no table.

A document's format is the number of upgrades it has been through: a kind with two upgrades writes format 2,
and a document of format 1 gets the second upgrade when it is read. It is rewritten only when the record is
updated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

Doc = dict[str, Any]
Upgrade = Callable[[Doc], Doc]
Upgrades = Mapping[str, Sequence[Upgrade]]
"""By kind, the functions that each turn a document of one format into the next, in order."""


class Newer(Exception):
    """A newer release than this one wrote the document."""


class Formats:
    """Encodes and decodes the documents of all kinds."""

    def __init__(self, upgrades: Upgrades | None = None) -> None:
        self._upgrades = dict(upgrades or {})
        # Counted once: a page of a list has a hundred documents, and most are of the current format.
        self._current = {kind: len(steps) for kind, steps in self._upgrades.items()}

    def current(self, kind: str) -> int:
        """Return the format in which documents of this kind are written."""
        return self._current.get(kind, 0)

    def decode(self, kind: str, text: str, format: int) -> Doc:
        """Return the document in the current format. Raise Newer for a format of a newer release."""
        doc = orjson.loads(text)
        current = self.current(kind)
        if format == current:
            return doc
        if format > current:
            raise Newer(f"{kind} is stored in format {format}; this release knows {current}")
        for upgrade in self._upgrades[kind][format:]:
            doc = upgrade(doc)
        return doc


def encode(doc: Mapping[str, Any]) -> str:
    """Return JSON text. A datetime becomes epoch seconds. Raise TypeError for what JSON cannot represent
    (bytes)."""
    return orjson.dumps(doc, default=_seconds, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


def _seconds(value: Any) -> float:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    raise TypeError(f"a document cannot hold {type(value).__name__}")
