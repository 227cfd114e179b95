"""The births of programs: one is made however often the newborn is killed before it has claimed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from clary_supervisor import proc
from clary_supervisor.faults import Ended
from clary_supervisor.folder import CLAIM
from clary_supervisor.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    view: Any = SimpleNamespace(folder=str(tmp_path), host="algo-1")
    return Program(view, ["true"], {})


def newborn(program: Program, folder: Path, killed: int, status: int = 0) -> Callable[[int], None]:
    """What becomes of each newborn: the first ones are killed, the next claims and ends."""

    def become(tells: int) -> None:
        before = len(list(folder.glob("birth-*")))
        (folder / f"birth-{before}").touch()
        if before < killed:
            os.kill(os.getpid(), signal.SIGKILL)
        if status == 0:
            program._claim()
        os._exit(status)

    return become


@pytest.mark.parametrize("killed", [0, 1, 4])
def test_one_that_is_killed_is_followed_by_another(program: Program, tmp_path: Path, killed: int) -> None:
    who = program._give_birth(newborn(program, tmp_path, killed))
    assert who == (tmp_path / CLAIM).read_text()
    os.waitpid(proc.pid_of(who) or 0, 0)
    assert len(list(tmp_path.glob("birth-*"))) == killed + 1


def test_not_for_ever(program: Program, tmp_path: Path) -> None:
    with pytest.raises(Ended, match="the process of algo-1 could not be made"):
        program._give_birth(newborn(program, tmp_path, 100))
    assert len(list(tmp_path.glob("birth-*"))) == 5


def test_one_that_cannot_become_the_program_is_not_followed(program: Program, tmp_path: Path) -> None:
    with pytest.raises(Ended, match="could not be made"):
        program._give_birth(newborn(program, tmp_path, 0, status=127))
    assert len(list(tmp_path.glob("birth-*"))) == 1
