"""A run that rings has its record looked at now, not at its next time; and no ring is lost to a step under way."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform, Record, Step, World
from clary.server import loop
from clary.server.loop import Controllers
from clary.server.run_watchers import RunWatchers

SCOPE = "111122223333/us-east-1"
KEY = ("sagemaker:TrainingJob", SCOPE, "j")


@pytest.fixture
def watched(
    platform: Platform, clock: FakeClock, controllers: Controllers, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """A record whose controller asks about `run-1` and looks again in half a minute; the steps that were taken."""
    monkeypatch.setattr(loop, "_LONGEST_WAIT", 0.001)
    with platform.store.write() as tx:
        tx.insert(Record(*KEY, "arn:x", "InProgress", created=clock.now(), due=clock.now()))
    steps: list[str] = []

    def watch(record: Record, world: World) -> Step:
        steps.append(world.runs.inspect("run-1").phase)
        return Step(after=30.0)

    controllers._reconcilers["sagemaker:TrainingJob"] = watch
    return steps


def ring(path: Path, words: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.sendto(words, str(path))


def turn(controllers: Controllers) -> None:
    """One turn of the loop, to its end."""
    controllers._turn()
    for job in list(controllers._busy):
        job.result(10)


def test_a_ring_brings_the_next_look_forward(
    watched: list[str], controllers: Controllers, clock: FakeClock, tmp_path: Path
) -> None:
    turn(controllers)
    assert watched == ["absent"]
    ring(tmp_path / "c.bell", b"run-1")
    turn(controllers)  # hears it
    turn(controllers)
    assert watched == ["absent", "absent"]


@pytest.mark.parametrize("words", [b"!", b"run-2", b"", b"\xff\xfe"])
def test_other_rings_hurry_nothing(
    watched: list[str], controllers: Controllers, tmp_path: Path, words: bytes
) -> None:
    turn(controllers)
    for _ in range(2):
        ring(tmp_path / "c.bell", words)
        turn(controllers)
    assert watched == ["absent"]


def test_a_ring_during_a_step_is_heeded_after_it() -> None:
    """What that step will write may be of before the ring."""
    watchers = RunWatchers()
    watchers.note("run-1", KEY)
    watchers.notify(b"run-1")
    assert watchers.take([KEY]) == []
    assert watchers.take([]) == [KEY]
    assert watchers.take([]) == []


def test_a_ring_does_not_wake_what_is_over(
    watched: list[str], controllers: Controllers, platform: Platform, clock: FakeClock, tmp_path: Path
) -> None:
    turn(controllers)
    with platform.store.write() as tx:
        record = tx.get(*KEY)
        assert record is not None
        tx.update(record.evolve(status="Completed", due=None))
    ring(tmp_path / "c.bell", b"run-1")
    for _ in range(2):
        turn(controllers)
    assert watched == ["absent"]


def test_a_step_under_way_may_still_be_written(
    watched: list[str], controllers: Controllers, platform: Platform, clock: FakeClock
) -> None:
    """Hurrying changes when a record is due and not its version."""
    turn(controllers)
    with platform.store.read() as tx:
        before = tx.get(*KEY)
    controllers._watchers.notify(b"run-1")
    controllers._make_changed_due()
    with platform.store.write() as tx:
        assert before is not None
        tx.update(before.evolve(status="Stopping"))


def test_what_is_remembered_is_bounded() -> None:
    watchers = RunWatchers()
    for number in range(25_000):
        watchers.note(f"run-{number}", KEY)
    assert len(watchers._owners) <= 10_000
