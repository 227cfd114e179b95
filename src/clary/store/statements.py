"""The statements in `sql/*.sql`, by name. Knows the format of these files, not their content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "sql"
_MARKER = re.compile(r"^-- (\w+) --$", re.MULTILINE)
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|;|[^'\"\-/;]+|.", re.DOTALL)

# The columns of a row of `resource`, in the order in which tx.py reads them.
COLUMNS = "kind, scope, id, arn, parent, status, doc, version, created, modified, due, until, format"


@cache
def statements() -> dict[str, str]:
    """Return name -> SQL, from every `-- name --` of every file."""
    found: dict[str, str] = {}
    for file in ("resource", "timer", "clock", "tag", "change", "interest", "idempotency", "migration"):
        _, *parts = _MARKER.split((_FOLDER / f"{file}.sql").read_text())
        texts = (part.strip().replace("{columns}", COLUMNS) for part in parts[1::2])
        found.update(zip(parts[::2], texts, strict=True))
    return found


def split(script: str) -> Iterator[str]:
    """Yield the single statements of a script; semicolons in strings and comments do not separate."""
    statement = ""
    for token in _TOKEN.findall(script):
        if token == ";":
            if statement.strip():
                yield statement.strip()
            statement = ""
        elif not token.startswith(("--", "/*")):
            statement += token
    if statement.strip():
        yield statement.strip()
