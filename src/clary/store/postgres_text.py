"""Text with NUL for PostgreSQL, whose text cannot hold one: programs print it, and names of S3's objects may have it.

NUL is written as 1 1 and the character 1 as 1 2 (decimal codes), and read back. Texts keep their order, and other texts
stay as they are. Documents are JSON, which escapes both: the dialect reads their members in the same form.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.adapt import Dumper, Loader

_NUL, _ONE = "\0", "\1"
_NUL_WRITTEN, _ONE_WRITTEN = "\1\1", "\1\2"


def register(connection: Connection) -> None:
    """Let a connection write and read text so."""
    connection.adapters.register_dumper(str, _TextDumper)
    connection.adapters.register_loader("text", _TextLoader)


def written(text: str) -> str:
    """Return how a text is stored."""
    if _NUL not in text and _ONE not in text:
        return text
    return text.replace(_ONE, _ONE_WRITTEN).replace(_NUL, _NUL_WRITTEN)


def read(text: str) -> str:
    """Return the text that is stored like this."""
    if _ONE not in text:
        return text
    return text.replace(_NUL_WRITTEN, _NUL).replace(_ONE_WRITTEN, _ONE)


class _TextDumper(Dumper):
    def dump(self, obj: Any) -> bytes:
        return written(obj).encode()


class _TextLoader(Loader):
    def load(self, data: Any) -> str:
        return read(str(data, "utf-8"))
