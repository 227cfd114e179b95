"""Executors whose volumes are held to their size in one way, and a program that fills them."""

from __future__ import annotations

from pathlib import Path

from clary.runs import volumes
from clary.runs.api import Resources
from clary.runs.local import LocalExecutor
from tests.support.executors import Bench

SIZE = 20_000_000
VOLUME = Resources(volume=SIZE)


class By(Bench):
    """An executor that keeps volumes in one way."""

    def __init__(self, home: Path, kind: volumes.Kind) -> None:
        self._kind: volumes.Kind = kind
        super().__init__(home)

    def another(self) -> LocalExecutor:
        return LocalExecutor(self.home, patience=20, sync_every=0.05, volumes=self._kind)

    def clear(self) -> None:
        for run_id in self.executor.runs():
            self.executor.stop(run_id, grace=0)
            self.end(run_id)
            self.executor.forget(run_id)
