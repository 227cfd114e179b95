"""What the tests of runs share: an executor in a fresh home with short words, and a small S3."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from clary.runs.api import RunSpec, RunState
from clary.runs.isolation import Method
from clary.runs.local import LocalExecutor
from clary_supervisor import proc
from clary_supervisor.folder import SUPERVISOR, get
from tests.support.stub_s3 import StubS3
from tests.support.waiting import until

OVER = ("exited", "lost", "absent")


class Bench:
    """An executor with short words for tests."""

    def __init__(self, home: Path, method: Method | None = None) -> None:
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        self._method: Method | None = method
        self.executor = self.another()

    def another(self) -> LocalExecutor:
        """Another executor over the same home, as after a restart."""
        return LocalExecutor(self.home, method=self._method, patience=20, sync_every=0.05)

    def run(self, *command: str, run_id: str = "r", **members: object) -> RunState:
        """Start and wait for the end."""
        assert self.executor.start(run_id, RunSpec(command, **members))  # type: ignore[arg-type]
        return self.end(run_id)

    def begin(self, script: str, run_id: str = "r", **members: object) -> None:
        assert self.executor.start(run_id, RunSpec(("sh", "-c", script), **members))  # type: ignore[arg-type]

    def end(self, run_id: str = "r") -> RunState:
        until(lambda: self.executor.inspect(run_id).phase in OVER, what=str(self.executor.inspect(run_id)))
        return self.executor.inspect(run_id)

    def says(self, text: str, run_id: str = "r", host: str = "algo-1") -> None:
        """Wait until the program has written this."""
        until(lambda: text in self.text(run_id, host), what=f"for {text!r}")

    def text(self, run_id: str = "r", host: str = "algo-1") -> str:
        return self.executor.output(run_id, host, 0).data.decode()

    def log(self, run_id: str = "r") -> str:
        return (self.home / "runs" / run_id / "supervisor.log").read_text()

    def supervisor(self, run_id: str = "r") -> str:
        """The identity of the living supervisor, once there is one."""
        path = str(self.home / "runs" / run_id / SUPERVISOR)
        until(lambda: proc.alive(get(path)), what="for a supervisor")
        return get(path) or ""

    def kill_supervisor(self, run_id: str = "r") -> None:
        who = self.supervisor(run_id)
        os.kill(proc.pid_of(who), signal.SIGKILL)
        until(lambda: not proc.alive(who))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "home")
    yield made
    for run_id in made.executor.runs():
        made.executor.stop(run_id, grace=0)
        made.end(run_id)
        made.executor.forget(run_id)


@pytest.fixture
def s3() -> Iterator[StubS3]:
    with StubS3() as stub:
        yield stub
