"""`clary clock`: what its words mean. The platform's side is in tests/server/local_api/test_clock.py."""

from __future__ import annotations

from typing import Any

import pytest

from clary.cli import clock
from clary.cli.clock import body_of, spoken
from clary.cli.errors import CliError
from clary.cli.home import Home
from clary.cli.main import main

SHOWN = {"machine": "2026-11-30T10:00:00Z", "business": "2026-12-01T22:00:00Z", "ahead_seconds": 129_600}


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ([], None),
        (["+2h"], {"by": 7_200}),
        (["+90m"], {"by": 5_400}),
        (["+1d12h"], {"by": 129_600}),
        (["+1w2d3h4m5s"], {"by": 788_645}),
        (["to", "2027-01-01T00:00:00Z"], {"to": "2027-01-01T00:00:00Z"}),
        (["to", "2027-01-01T01:00:00+01:00"], {"to": "2027-01-01T01:00:00+01:00"}),
    ],
)
def test_moves(words: list[str], body: dict[str, Any] | None) -> None:
    assert body_of(words) == body


@pytest.mark.parametrize(
    "words",
    [
        ["2h"], ["+"], ["+2"], ["+h"], ["+12h1d"], ["+1.5h"], ["+0s"], ["+２h"], ["+1h", "+1h"], ["to"],
        ["to", "tomorrow"], ["to", "2027-01-01T00:00:00"], ["back", "1h"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_is_no_move(words: list[str]) -> None:
    with pytest.raises(CliError, match=r"give \+2h"):
        body_of(words)


@pytest.mark.parametrize(("seconds", "words"), [(0, "0s"), (90, "1m 30s"), (129_600, "1d 12h")])
def test_durations_as_they_are_read(seconds: int, words: str) -> None:
    assert spoken(seconds) == words


@pytest.mark.parametrize(("words", "method"), [([], "GET"), (["+1d12h"], "POST")])
def test_both_times_are_shown(
    words: list[str],
    method: str,
    running: Home,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(clock, "ask", lambda _, __, *request: asked.append(request) or SHOWN)
    assert main(["clock", "--home", str(running.path), *words]) == 0
    assert asked == [(method, "/_clary/clock", body_of(words))]
    assert capsys.readouterr().out.splitlines() == [
        "machine   2026-11-30T10:00:00Z",
        "business  2026-12-01T22:00:00Z",
        "ahead     1d 12h",
    ]


def test_a_platform_that_is_down_has_no_time(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clock", "--home", str(home.path)]) == 1
    assert "is not running" in capsys.readouterr().err
