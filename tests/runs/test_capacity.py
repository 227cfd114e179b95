"""Admission: what is counted, who waits, and that nobody waits for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from clary.kernel.clock import FakeClock
from clary.runs.api import Host, Resources, RunSpec
from clary.runs.capacity import Capacity, Share
from clary_supervisor.folder import EXIT, SPEC, put_json


class Machine:
    """Four cores, eight vCPUs to hand out, two GPUs; runs are folders."""

    def __init__(self, home: Path, gpus: tuple[int, ...] = (0, 1)) -> None:
        self.home = home
        self.clock = FakeClock()
        self.capacity = Capacity(home, self.clock, cores=4, vcpus=8, gpus=gpus)

    def ask(
        self, run_id: str, vcpus: float = 1, gpus: int = 0, hosts: int = 1, hosting: bool = False
    ) -> Share | None:
        spec = RunSpec(
            ("true",),
            hosts=tuple(Host(f"algo-{number}") for number in range(1, hosts + 1)),
            resources=Resources("ml.x", vcpus=vcpus, gpus=gpus, hosting=hosting),
        )
        with self.capacity.admission(run_id, spec) as share:
            if share:
                (self.home / "runs" / run_id).mkdir(parents=True, exist_ok=True)
                put_json(str(self.home / "runs" / run_id / SPEC), {})
        return share

    def end(self, run_id: str) -> None:
        put_json(str(self.home / "runs" / run_id / EXIT), {})


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_runs_are_admitted_until_the_vcpus_are_given(machine: Machine) -> None:
    assert machine.ask("a", 4)
    assert machine.ask("b", 4)
    assert machine.ask("c", 1) is None
    machine.end("a")
    assert machine.ask("c", 1)


def test_an_instance_larger_than_the_machine_counts_as_the_machine(machine: Machine) -> None:
    share = machine.ask("a", 96)
    assert share is not None
    assert share.vcpus == 4
    assert machine.ask("b", 4)
    assert machine.ask("c", 0.5) is None


def test_more_hosts_than_there_is_room_for_run_alone(machine: Machine) -> None:
    assert machine.ask("a", 1)
    assert machine.ask("b", 4, hosts=10) is None
    machine.end("a")
    assert machine.ask("b", 4, hosts=10)


def test_hosting_runs_do_not_count(machine: Machine) -> None:
    assert machine.ask("a", 4)
    assert machine.ask("b", 4)
    assert machine.ask("server", 4, hosting=True)


def test_asking_twice_gives_the_same_share(machine: Machine) -> None:
    first = machine.ask("a", 2, gpus=1)
    assert first is not None
    assert machine.ask("a", 2, gpus=1) == first
    assert machine.ask("b", 4)


def test_a_reservation_without_a_run_is_swept_out(machine: Machine) -> None:
    """As left by an executor that was killed between the two."""
    spec = RunSpec(("true",), resources=Resources(vcpus=4))
    for run_id in ("a", "b"):
        with machine.capacity.admission(run_id, spec):
            pass
    assert machine.ask("c", 4)
    assert machine.ask("d", 4)


def test_a_run_that_waits_is_overtaken_only_for_a_while(machine: Machine) -> None:
    assert machine.ask("a", 4)
    assert machine.ask("small-1", 1)
    assert machine.ask("big", 4, hosts=2) is None
    machine.clock.advance(10)
    assert machine.ask("small-2", 1)
    machine.clock.advance(25)
    assert machine.ask("big", 4, hosts=2) is None
    assert machine.ask("small-3", 1) is None
    for run_id in ("a", "small-1", "small-2"):
        machine.end(run_id)
    assert machine.ask("small-3", 1) is None
    assert machine.ask("big", 4, hosts=2)


def test_a_run_that_asks_no_more_holds_nobody_up(machine: Machine) -> None:
    assert machine.ask("a", 4)
    assert machine.ask("big", 4, hosts=2) is None
    machine.clock.advance(61)
    assert machine.ask("b", 1)


def test_gpus_are_given_to_one_run_at_a_time(machine: Machine) -> None:
    first, second = machine.ask("a", gpus=1), machine.ask("b", gpus=1, hosting=True)
    assert first is not None
    assert second is not None
    assert (first.gpus, second.gpus) == (((0,),), ((1,),))
    assert machine.ask("c", gpus=1) is None
    machine.end("a")
    third = machine.ask("c", gpus=1)
    assert third is not None
    assert third.gpus == ((0,),)


def test_gpus_are_dealt_to_hosts_or_shared_where_there_are_too_few(machine: Machine) -> None:
    each = machine.ask("a", gpus=1, hosts=2)
    assert each is not None
    assert each.gpus == ((0,), (1,))
    machine.end("a")
    shared = machine.ask("b", gpus=4, hosts=2)
    assert shared is not None
    assert shared.gpus == ((0, 1), (0, 1))
    assert "2 of 8" in shared.note


def test_a_gpu_type_on_a_machine_without_says_so(tmp_path: Path) -> None:
    share = Machine(tmp_path, gpus=()).ask("a", gpus=8)
    assert share is not None
    assert share.gpus == ((),)
    assert share.note == "gpus: none on this machine; ml.x runs on the CPU"
