"""The end of programs by the clock: MaxRuntimeInSeconds is a time that a program runs, whatever is done to the clock."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from clary_supervisor import disk, proc, program
from clary_supervisor.watch import Watch


class Program:
    """A program that lives: this process."""

    host, code, running = "algo-1", None, True

    def __init__(self) -> None:
        self.who = proc.identity(os.getpid())
        self.killed = False

    def check(self) -> None:
        pass

    def terminate(self) -> bool:
        return True

    def kill(self) -> None:
        self.killed = True


def watching(run: Path, program: Program, deadline: float | None, grace: float = 60.0) -> Any:
    """A look at a run, as its watch takes one every two seconds; what it has come to."""
    nobody: Any = [program]
    watch = Watch(str(run), nobody, None, deadline=deadline, grace=grace, trouble=lambda: None)  # type: ignore[arg-type]
    watch._look(disk.Space(str(run), [], 0))
    return watch


@pytest.mark.parametrize("shift", [-1e6, 1e6], ids=["back", "ahead"])
def test_a_clock_that_is_set_ends_nothing_and_puts_nothing_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shift: float
) -> None:
    real = time.time
    age = proc.age(proc.identity(os.getpid()) or "")
    assert 0 <= age < 86_400
    monkeypatch.setattr(time, "time", lambda: real() + shift)
    program = Program()
    assert watching(tmp_path, program, age + 3600).ending is None
    assert watching(tmp_path, program, None).ending is None
    late = watching(tmp_path, program, age)
    assert late.ending.reason == "deadline"
    assert not program.killed
    monkeypatch.setattr(time, "time", real)
    late._press([program])
    assert not program.killed, "its grace is not over"


def test_without_grace_it_is_killed_at_once(tmp_path: Path) -> None:
    program = Program()
    watching(tmp_path, program, 0.0, grace=0.0)
    assert program.killed


def test_a_keeper_that_is_about_to_write_the_status_is_not_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a stopped run would be lost: the root of its processes is gone a moment before its keeper."""
    view: Any = SimpleNamespace(folder=str(tmp_path), host="algo-1")
    kept, killed, now = program.Program(view, ["true"], {}), list[str](), time.monotonic()
    kept.who = proc.identity(os.getpid())
    monkeypatch.setattr(kept, "_line", lambda depths: [])
    monkeypatch.setattr(proc, "send", lambda who, number: killed.append(who))
    for later, count in ((0.0, 0), (0.5, 0), (1.5, 1)):
        monkeypatch.setattr(time, "monotonic", lambda later=later: now + later)
        kept.kill()
        assert len(killed) == count
