"""The whole state of a platform, so that a test can say that a call changed nothing."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Hashable
from typing import NamedTuple

from clary.runs.fake import FakeExecutor
from clary.server.home import Home

State = Counter[Hashable]


class Change(NamedTuple):
    """What a call took away and what it added."""

    lost: list[Hashable]
    new: list[Hashable]

    def __bool__(self) -> bool:
        return bool(self.lost or self.new)


class Observer:
    """Reads every row, every stored object, every run and what `invocations` says that workers were asked. Asks SQLite
    first whether anybody has written."""

    def __init__(self, home: Home, runs: FakeExecutor) -> None:
        self._home = home
        self._runs = runs
        self._database = sqlite3.connect(home.database)
        self._version = -1
        self._rows: State = Counter()
        self.invocations: Callable[[], list[Hashable]] = list

    def state(self) -> State:
        return self._read_rows() + self._files() + self._executor() + Counter(self.invocations())

    def close(self) -> None:
        self._database.close()

    def _read_rows(self) -> State:
        (version,) = self._database.execute("pragma data_version").fetchone()
        if version != self._version:
            self._version = version
            self._rows = Counter((table, *row) for table in self._tables() for row in self._all(table))
        return self._rows

    def _tables(self) -> list[str]:
        found = self._database.execute("select name from sqlite_master where type = 'table'")
        return [name for (name,) in found if not name.startswith("sqlite_")]

    def _all(self, table: str) -> list[tuple[Hashable, ...]]:
        return self._database.execute(f'select * from "{table}"').fetchall()

    def _files(self) -> State:
        found: State = Counter()
        for folder, _, names in os.walk(self._home.objects):
            for name in names:
                status = os.stat(os.path.join(folder, name))
                found["file", folder, name, status.st_size, status.st_mtime_ns] = 1
        return found

    def _executor(self) -> State:
        return Counter(("run", *what) for what in (*enumerate(self._runs.specs), *self._runs.stops))


def change(before: State, after: State) -> Change:
    return Change(list((before - after).elements()), list((after - before).elements()))
