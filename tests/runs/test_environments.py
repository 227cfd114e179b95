"""Environments beside the one that all runs share: found, made aside and renamed, tried again after a failure."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from clary.runs import environments
from clary.runs.environments import RECIPES, Environments
from tests.support.waiting import until

VERSION = RECIPES["mlflow"].version


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("CLARY_MLFLOW_PYTHON", raising=False)
    return tmp_path / "clary" / "environments"


def interpreter(folder: Path, version: str = "3.1.2") -> Path:
    """What looks like an environment with MLflow."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    (folder / "lib" / "python3.11" / "site-packages" / f"mlflow-{version}.dist-info").mkdir(parents=True)
    return python


def test_one_that_is_given(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = interpreter(tmp_path / "given")
    monkeypatch.setenv("CLARY_MLFLOW_PYTHON", str(python))
    found = Environments().find("mlflow")
    assert (found.state, found.version) == ("ready", "3.1.2")
    seen = Environments().seen("mlflow")
    assert seen["python"] == str(python)
    assert str(tmp_path / "given") in seen["prefixes"]


def test_one_that_is_given_and_has_no_mlflow(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLARY_MLFLOW_PYTHON", str(tmp_path / "bin" / "python"))
    found = Environments().find("mlflow", make=True)
    assert (found.state, "has mlflow" in found.detail) == ("failed", True)


def test_looking_makes_nothing(cache: Path) -> None:
    assert Environments().find("mlflow").state == "absent"
    assert not cache.exists()


def test_made_on_demand_and_found_by_others(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words: list[tuple[str, ...]] = []

    def run(*said: str, check: bool = True) -> None:
        words.append(said)
        if "venv" in said:
            interpreter(Path(said[-1]))

    monkeypatch.setattr(environments, "_run", run)
    made = Environments()
    assert made.find("mlflow", make=True).state == "making"
    until(lambda: made.find("mlflow").state == "ready")
    assert Environments().find("mlflow").version == VERSION
    assert f"mlflow=={VERSION}" in words[1]
    assert Environments().seen("mlflow")["python"].startswith(str(cache))
    assert Environments().seen("") == {}


def test_a_failure_is_told_and_tried_again_later(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts: list[int] = []

    def fail(*said: str, check: bool = True) -> None:
        attempts.append(1)
        raise subprocess.CalledProcessError(1, said, stderr="a\nno matching distribution\n")

    monkeypatch.setattr(environments, "_run", fail)
    made = Environments()
    made.find("mlflow", make=True)
    until(lambda: made.find("mlflow").state == "failed")
    assert made.find("mlflow", make=True).detail == "no matching distribution"
    assert len(attempts) == 1
    monkeypatch.setattr(environments, "_PAUSE", 0.0)
    assert made.find("mlflow", make=True).state == "making"


def test_what_a_killed_process_left_is_not_taken_for_an_environment(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = environments._folder(RECIPES["mlflow"])
    interpreter(folder.with_name(f"{folder.name}.new"))
    assert Environments().find("mlflow").state == "absent"
    monkeypatch.setattr(environments, "_run", lambda *said, check=True: _make_if_venv(said))
    environments.make(folder, ("mlflow",))
    assert Environments().find("mlflow").state == "ready"


def _make_if_venv(said: tuple[str, ...]) -> None:
    if "venv" in said:
        interpreter(Path(said[-1]))
