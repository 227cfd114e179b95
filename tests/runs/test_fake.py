"""The executor in memory: it must answer as a real one would."""

from __future__ import annotations

import pytest

from clary.runs.api import Exit, Host, RunSpec, RunState
from clary.runs.fake import FakeExecutor

SPEC = RunSpec(("true",), hosts=(Host("algo-1"), Host("algo-2")), sockets=True)


def test_a_run_does_what_the_test_says() -> None:
    runs = FakeExecutor()
    assert runs.inspect("r").phase == "absent"
    assert runs.start("r", SPEC)
    assert runs.start("r", RunSpec(("other",)))
    assert runs.specs == {"r": SPEC}
    assert runs.inspect("r").phase == "preparing"
    assert set(runs.inspect("r").sockets) == {"algo-1", "algo-2"}
    assert runs.advance("r").phase == "running"
    assert runs.finish("r", 3, failure="why").exits == (Exit("algo-1", 3), Exit("algo-2", 3))
    assert runs.inspect("r").failure == "why"


def test_a_run_goes_on_until_it_has_ended() -> None:
    runs = FakeExecutor()
    assert not runs.goes_on("r")
    runs.start("r", SPEC)
    for phase in ("preparing", "running", "uploading"):
        runs.set("r", phase=phase)
        assert runs.goes_on("r")
    for phase in ("exited", "lost"):
        runs.set("r", phase=phase)
        assert not runs.goes_on("r")


def test_a_full_machine_says_no_and_remembers_nothing() -> None:
    runs = FakeExecutor()
    runs.full = True
    assert not runs.start("r", SPEC)
    assert runs.runs() == []


def test_a_stop_is_noted_and_ends_what_has_not_begun() -> None:
    runs = FakeExecutor()
    runs.start("r", SPEC)
    runs.start("s", SPEC)
    runs.advance("s")
    for run_id in ("r", "s", "nobody"):
        runs.stop(run_id, 5)
    assert runs.stops == [("r", 5), ("s", 5)]
    assert (runs.inspect("r").phase, runs.inspect("r").reason) == ("exited", "stopped")
    assert runs.inspect("s").phase == "running"


def test_output_and_files_are_read_in_parts_and_forgotten() -> None:
    runs = FakeExecutor(on_start=lambda _id, _spec: RunState("running"))
    runs.start("r", SPEC)
    runs.write("r", "one")
    runs.write("r", b"two")
    runs.put_file("r", "/opt/ml/output/x", b"12345")
    assert runs.output("r", "algo-1", 2, 3).data == b"etw"
    assert runs.file("r", "algo-1", "output/x", 1, 2) == b"23"
    assert runs.file("r", "algo-2", "output/x") is None
    with pytest.raises(RuntimeError):
        runs.forget("r")
    runs.finish("r")
    runs.forget("r")
    assert runs.inspect("r").phase == "absent"
    assert runs.output("r", "algo-1", 0).data == b""
