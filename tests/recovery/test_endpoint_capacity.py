"""An endpoint's replica that died comes back at once, however many jobs wait for the machine, and for how long."""

from __future__ import annotations

from pathlib import Path

from clary.kernel import FakeClock
from clary.runs.api import Resources, RunSpec
from clary.runs.capacity import Capacity


def admitted(capacity: Capacity, home: Path, run: str, spec: RunSpec) -> bool:
    """Ask as the executor does; a run that is admitted gets its folder."""
    with capacity.admission(run, spec) as share:
        if share is None:
            return False
        (home / "runs" / run).mkdir(parents=True)
        (home / "runs" / run / "spec.json").write_text("{}")
        return True


def test_a_replica_stands_in_no_line_with_waiting_jobs(tmp_path: Path) -> None:
    clock = FakeClock(1_000.0)
    capacity = Capacity(tmp_path, clock, cores=2, vcpus=2.0, gpus=())
    job = RunSpec(("true",), resources=Resources("ml.m5.large", 2.0))
    replica = RunSpec(("true",), resources=Resources("ml.m5.large", 2.0, hosting=True))
    assert admitted(capacity, tmp_path, "first", job)
    assert not admitted(capacity, tmp_path, "second", job)
    clock.advance(40)  # longer than a waiting job lets others pass
    assert not admitted(capacity, tmp_path, "second", job)
    assert not admitted(capacity, tmp_path, "third", job)
    assert admitted(capacity, tmp_path, "replica", replica)
