"""`clary events`: its lines, and a platform that is killed while it is followed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clary.cli.events import line_of, said_of
from clary.cli.feed_reader import FeedReader
from clary.cli.home import Home
from clary.cli.local_api import Unreachable
from clary.cli.main import main
from tests.recovery import victims
from tests.server.conftest import live as live  # the fixture
from tests.support.live import Live
from tests.support.waiting import until


def event(old: Any, new: Any, what: str = "updated", **more: Any) -> dict[str, Any]:
    base = {"number": 7, "kind": "a:B", "scope": "1/r", "id": "b", "arn": "arn:b", "at": 0.0}
    return {**base, "what": what, "view": {"old": old, "new": new}, **more}


@pytest.mark.parametrize(
    ("old", "new", "what", "said"),
    [
        (None, {"status": "InProgress"}, "created", "created InProgress"),
        ({"status": "InProgress"}, {"status": "Completed"}, "updated", "InProgress → Completed"),
        ({"status": "Failed"}, None, "deleted", "deleted Failed"),
        (
            {"status": "", "members": {"Approval": "Pending"}, "tags": {"a": "1"}},
            {"status": "", "members": {"Approval": "Approved"}, "tags": {}},
            "tagged",
            "Approval: Pending → Approved, tag a: 1 → (none)",
        ),
        (
            {"status": "InProgress", "members": {"History": [{"Status": "Starting", "StartTime": 1}]}},
            {
                "status": "InProgress",
                "members": {
                    "History": [{"Status": name} for name in ("Starting", "Downloading", "Training")],
                },
            },
            "updated",
            "History: + Downloading, Training",
        ),
        (
            {"status": "", "members": {"Names": ["a", "b"]}},
            {"status": "", "members": {"Names": ["a"]}},
            "updated",
            'Names: ["a", "b"] → ["a"]',
        ),
    ],
)
def test_what_changed(old: Any, new: Any, what: str, said: str) -> None:
    assert said_of(event(old, new, what)) == said


def test_a_line_is_one_line_whatever_is_in_it() -> None:
    own = event(None, {}, "Object Created", view={}, arn="", id="k\n\x1b[2J")
    assert line_of(own).startswith("7  ")
    assert line_of(own).endswith("  a:B  k\\n\\x1b[2J  Object Created")


def test_nothing_is_up(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["events", "--home", str(home.path)]) == 1
    assert "is not running" in capsys.readouterr().err


def test_each_event_once_over_failures_and_what_was_lost_is_said(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    reader = FeedReader(home, (), said.append)
    asked: list[int] = []
    answers: list[Any] = [
        {"events": [{"number": 3}, {"number": 4}], "next": 4},
        Unreachable("gone"),
        Unreachable("gone"),
        {"events": [{"number": 9}], "next": 9, "lost": 4},
        {"events": [], "next": 0, "restarted": True},
        {"events": [{"number": 1}], "next": 1},
    ]

    def ask(question: dict[str, Any]) -> dict[str, Any]:
        asked.append(question["after"])
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(reader, "_ask", ask)
    events = reader.follow(2)
    assert [next(events)["number"] for _ in range(4)] == [3, 4, 9, 1]
    assert asked == [2, 4, 4, 4, 9, 0]
    assert said == [
        "gone; waiting",
        "4 changes after number 4 were deleted before they were read",
        "the platform was reset; numbers start again",
    ]


def test_what_there_is_after_a_reset(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number is from before the reset: it is said, and all that there is follows."""
    said: list[str] = []
    reader = FeedReader(home, (), said.append)
    feed = {
        7: {"events": [], "next": 0, "restarted": True},
        0: {"events": [{"number": 1}], "next": 1},
        1: {"events": [], "next": 1},
    }
    monkeypatch.setattr(reader, "_ask", lambda question: feed[question["after"]])
    assert list(reader.events(7)) == [{"number": 1}]
    assert said == ["the platform was reset; numbers start again"]


def test_gateway_and_controllers_are_killed_while_it_follows(live: Live, tmp_path: Path) -> None:
    """The short form of the kill trial (tests/recovery): every change once, in order, none lost."""
    out = tmp_path / "out"
    words = [sys.executable, "-m", "clary.cli.main", "events", "--home", str(live.home.path)]
    with out.open("wb") as file:
        follower = subprocess.Popen([*words, "--follow", "--since", "0", "--json"], stdout=file)
    try:
        chance = random.Random(7)
        for n in range(4):
            put_groups(live, n)
            if n < 3:
                for duty in chance.choice((["gateway"], ["controllers"], ["gateway", "controllers"])):
                    os.kill(victims.of(live, duty)[0], signal.SIGKILL)
                until(victims.complete(live), 30)
        expected = [f"g{n}-{m}" for n in range(4) for m in range(5)]
        until(lambda: len(followed(out)) >= len(expected), 20)
        assert followed(out) == expected
        done = subprocess.run(
            [*words, "--json", "--kind", "sagemaker:ModelPackageGroup"], capture_output=True
        )
        assert done.returncode == 0
        assert names(done.stdout) == expected
    finally:
        follower.kill()
        follower.wait()


def put_groups(live: Live, n: int) -> None:
    sm = live.client("sagemaker")
    for m in range(5):
        sm.create_model_package_group(ModelPackageGroupName=f"g{n}-{m}")


def followed(out: Path) -> list[str]:
    return names(out.read_bytes())


def names(text: bytes) -> list[str]:
    events = [json.loads(line) for line in text.splitlines()]
    return [one["id"] for one in events if one["kind"] == "sagemaker:ModelPackageGroup"]
