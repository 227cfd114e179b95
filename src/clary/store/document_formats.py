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

_MOST_SHARED = 500  # documents, of at most 5 MB with all their objects
_LONGEST_SHARED = 4096


class Newer(Exception):
    """A newer release than this one wrote the document."""


class Formats:
    """Encodes and decodes the documents of all kinds."""

    def __init__(self, upgrades: Upgrades | None = None) -> None:
        self._upgrades = dict(upgrades or {})
        # Counted once: a page of a list has a hundred documents, and most are of the current format.
        self._current = {kind: len(steps) for kind, steps in self._upgrades.items()}
        self._shared: dict[tuple[str, int, str], Doc] = {}

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

    def decode_shared(self, kind: str, text: str, format: int) -> Doc:
        """Do the same, but return the document of an earlier call for the same text. It must not be changed.

        Lists are asked for again and again, and most of their records have not changed: to find a text takes a tenth of the
        time that it takes to read it. The text is the key, so there is nothing that could be out of date.
        """
        key = (kind, format, text)
        doc = self._shared.get(key)
        if doc is None:
            doc = self.decode(kind, text, format)
            if len(text) <= _LONGEST_SHARED:
                if len(self._shared) >= _MOST_SHARED:
                    self._shared.clear()
                self._shared[key] = doc
        return doc

    def changed(self) -> list[Doc]:
        """Return the shared documents that somebody has changed, for tests: there must be none."""
        return [doc for key, doc in list(self._shared.items()) if doc != self.decode(key[0], key[2], key[1])]


def encode(doc: Mapping[str, Any]) -> str:
    """Return JSON text. A datetime becomes epoch seconds. Raise TypeError for what JSON cannot represent
    (bytes)."""
    return orjson.dumps(doc, default=_seconds, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


def _seconds(value: Any) -> float:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    raise TypeError(f"a document cannot hold {type(value).__name__}")
