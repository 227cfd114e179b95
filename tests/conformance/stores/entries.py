"""Records of the tests of stores, and a second process over the same store."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from clary.store.api import Query, Record, Store
from tests.support.stores import HERE

REPO = Path(__file__).parents[3]


def job(name: str, **more: Any) -> Record:
    return Record("Job", more.pop("scope", HERE), name, **more)


def put(store: Store, *records: Record) -> list[Record]:
    with store.write() as tx:
        return [tx.insert(record) for record in records]


def names(store: Store, scope: str | None = HERE, **query: Any) -> list[str]:
    with store.read() as tx:
        return [record.id for record in tx.list("Job", scope, Query(**query))]


class Process:
    """A second process over the same store (tests/store/writer.py), held until `go`."""

    def __init__(self, address: str, *what: str) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.store.writer", address, *what],
            cwd=REPO,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.line() == "ready"

    def line(self) -> str:
        assert self._child.stdout is not None
        return self._child.stdout.readline().strip()

    def go(self) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write("\n")
        self._child.stdin.flush()

    def rest(self) -> list[str]:
        """What it still printed, once it has ended by itself."""
        out, _ = self._child.communicate(timeout=120)
        assert self._child.returncode == 0
        return out.split()

    def kill(self) -> list[str]:
        """kill -9. -> whole lines that it had printed."""
        self._child.kill()
        assert self._child.stdout is not None
        rest = self._child.stdout.read()
        self._child.wait()
        self._child.stdout.close()
        if self._child.stdin:
            self._child.stdin.close()
        return rest[: rest.rfind("\n") + 1].split()
