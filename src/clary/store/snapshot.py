"""An SQLite store at one moment, while others write: a copy for backups, or a look. Migrates nothing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

from clary.store.api import Incompatible, NoSpace, Tx
from clary.store.dialect import SQLITE
from clary.store.driver_errors import translate_error
from clary.store.schemas import Schema, schema_of
from clary.store.sqlite import connect
from clary.store.statements import statements
from clary.store.tx import Language, Transaction

T = TypeVar("T")
_OWN = "store"


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[T]):
    """A copy of the store.

    `database` is an unlinked file, deleted when it is closed; `steps` are the executed steps by schema name;
    `seen` is what was read at the same moment.
    """

    database: BinaryIO
    steps: dict[str, int]
    seen: T


def snapshot(path: Path, folder: Path, look: Callable[[Tx], T]) -> Snapshot[T]:
    """Copy the store `path` into a file in `folder`, and return it with what `look` reads from the same
    moment.

    Raise NoSpace, or Incompatible for a file that records no steps.
    """
    try:
        with closing(connect(str(path), "NORMAL")) as source:
            source.execute("begin")
            tx = Transaction(Language.of(SQLITE), source.execute, source.executemany)
            steps = _steps(tx)  # the first read fixes the moment; the copy is in the same transaction
            return Snapshot(_copied(source, folder), steps, look(tx))
    except sqlite3.Error as error:
        raise translate_error(error) from error


def look_at(path: Path, look: Callable[[Tx], T]) -> T:
    """Return what `look` reads of the store `path` at one moment. It is neither copied nor brought up to this version."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=30)) as source:
            source.execute("pragma query_only = on")
            source.execute("begin")
            return look(Transaction(Language.of(SQLITE), source.execute, source.executemany))
    except sqlite3.Error as error:
        raise translate_error(error) from error


def copied(path: Path, folder: Path) -> BinaryIO:
    """Copy an SQLite file that is not the platform's into an unlinked file in `folder`, while its owner writes. Raise
    NoSpace, or Incompatible for what is not an SQLite file."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=30)) as source:
            return _copied(source, folder)
    except sqlite3.Error as error:
        translated = translate_error(error)
        raise translated if isinstance(translated, NoSpace) else Incompatible(str(error)) from error


def _steps(tx: Tx) -> dict[str, int]:
    if not tx.sql("select 1 from sqlite_master where name = 'migration'"):
        raise Incompatible("it has no tables of this platform")
    return {name: step for name, step, _ in tx.sql(statements()["migrations"])}


def _copied(source: sqlite3.Connection, folder: Path) -> BinaryIO:
    import tempfile  # and with it, archives of all kinds

    handle, name = tempfile.mkstemp(prefix=".clary-", dir=folder)
    file = os.fdopen(handle, "rb")
    try:
        with closing(sqlite3.connect(name)) as target:
            os.unlink(name)  # so that nothing is left behind if this process dies
            target.execute("pragma journal_mode = off")
            target.execute("pragma synchronous = off")
            source.backup(target)
    except BaseException:
        file.close()
        raise
    return file


def later_steps(steps: Mapping[str, int], schemas: Mapping[str, Schema]) -> list[str]:
    """Return the names of schemas with more steps than this version knows."""
    known = {_OWN: schema_of("clary.store"), **schemas}
    return sorted(
        name for name, step in steps.items() if step > len(known[name].steps if name in known else ())
    )
