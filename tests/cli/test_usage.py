"""`clary usage`: the sums of a platform's counts as a table, or every minute as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clary.cli import usage
from clary.cli.home import Home, Identity
from clary.cli.main import main

MINUTE = {
    "at": 60,
    "span": 60,
    "account": "111122223333",
    "service": "s3",
    "operation": "PutObject",
    "caller": "role",
    "inside": False,
    "calls": 3,
    "client_errors": 1,
    "server_errors": 0,
    "throttled": 1,
    "seconds": 0.03,
}
ROWS = [
    MINUTE,
    MINUTE | {"at": 120, "calls": 1, "client_errors": 0, "throttled": 0, "seconds": 0.01},
    MINUTE | {"operation": "GetObject", "calls": 9},
    MINUTE | {"inside": True, "calls": 1},
    MINUTE | {"account": "", "caller": "anonymous", "calls": 2},
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    paths: list[str] = []

    def ask(endpoint: str, identity: Identity, method: str, path: str) -> Any:
        paths.append(f"{method} {path}")
        return {"usage": ROWS}

    monkeypatch.setattr(usage, "ask", ask)
    return paths


def test_minutes_are_added_up_and_the_most_come_first(
    running: Home, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["usage", "--home", str(running.path), "--minutes", "5"]) == 0
    assert asked == ["GET /_clary/usage?minutes=5"]
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["account", "operation", "caller", "calls", "4xx", "5xx", "throttled", "mean"]
    assert [line.split() for line in lines] == [
        ["111122223333", "s3:GetObject", "role", "9", "1", "0", "1", "3.3", "ms"],
        ["111122223333", "s3:PutObject", "role", "4", "1", "0", "1", "10.0", "ms"],
        ["-", "s3:PutObject", "anonymous", "2", "1", "0", "1", "15.0", "ms"],
        ["111122223333", "s3:PutObject", "role,", "inside", "1", "1", "0", "1", "30.0", "ms"],
    ]


def test_as_json(running: Home, asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage", "--home", str(running.path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == ROWS


def test_without_a_platform(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage", "--home", str(home.path)]) == 1
    assert "is not running" in capsys.readouterr().err
