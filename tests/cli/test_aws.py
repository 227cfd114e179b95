"""AWS calls of commands, and what a user reads when one fails: one line, never a traceback."""

from __future__ import annotations

import json
import os
import socket

import pytest

from clary.cli.home import Home
from clary.cli.main import main

COMMANDS = [("pipeline", "show", "x"), ("report", "x"), ("reproduce", "x")]


@pytest.fixture
def unreachable(running: Home) -> Home:
    """A home whose gateway seems to be alive, at a port where nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = {"endpoint": f"http://127.0.0.1:{port}", "pid": os.getpid()}
    (running.path / "run/address.json").write_text(json.dumps(address))
    return running


@pytest.mark.parametrize("words", COMMANDS)
def test_a_platform_that_does_not_run(
    home: Home, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--home", str(home.path)]) == 1
    assert "is not running; start it with: " in capsys.readouterr().err


@pytest.mark.parametrize("words", COMMANDS)
def test_a_platform_that_cannot_be_reached(
    unreachable: Home,
    words: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert main([*words, "--home", str(unreachable.path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("clary: Could not connect to the endpoint URL")
    assert said.count("\n") == 1
