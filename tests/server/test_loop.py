"""The controllers' loop: leases end with their holder, failures are counted and forgotten, bells only hurry."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform, Record, Step, World
from clary.server.loop import Controllers
from clary.server.wakeup import bind, drain
from clary.store.api import Stale, Tx

SCOPE = "111122223333/us-east-1"


@pytest.fixture
def record(platform: Platform, clock: FakeClock) -> Record:
    with platform.store.write() as tx:
        return tx.insert(
            Record(
                "sagemaker:TrainingJob",
                SCOPE,
                "j",
                "arn:x",
                "InProgress",
                created=clock.now(),
                due=clock.now(),
            )
        )


def now_of(platform: Platform) -> Record:
    with platform.store.read() as tx:
        found = tx.get("sagemaker:TrainingJob", SCOPE, "j")
    assert found is not None
    return found


def test_what_a_dead_process_held_is_free_at_the_next_start(
    platform: Platform, clock: FakeClock, record: Record, controllers: Controllers
) -> None:
    with platform.store.write() as tx:
        assert tx.claim_due(("sagemaker:TrainingJob",), clock.now(), 60, 8)
    assert controllers.once() == 0
    seen: list[str] = []
    controllers._reconcilers["sagemaker:TrainingJob"] = lambda r, _: seen.append(r.id) or Step()  # type: ignore[func-returns-value]
    controllers.run(lambda: bool(seen))  # what a new process does
    assert seen == ["j"]


def test_failures_wait_longer_each_time_and_a_good_step_ends_the_count(
    platform: Platform, clock: FakeClock, record: Record, controllers: Controllers
) -> None:
    def fail(_: Record, __: World) -> Step:
        raise RuntimeError("broken")

    controllers._reconcilers["sagemaker:TrainingJob"] = fail
    waits = []
    for _ in range(9):
        assert controllers.once() == 1
        waits.append(round((now_of(platform).due or 0) - clock.now(), 6))
        clock.advance(waits[-1])
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    controllers._reconcilers["sagemaker:TrainingJob"] = lambda *_: Step(after=1)
    controllers.once()
    assert "attempts" not in now_of(platform).private
    controllers._reconcilers["sagemaker:TrainingJob"] = fail
    clock.advance(1)
    controllers.once()
    assert round((now_of(platform).due or 0) - clock.now(), 6) == 0.5


def test_many_due_records_of_one_kind_do_not_keep_another_waiting(
    platform: Platform, clock: FakeClock, record: Record, controllers: Controllers
) -> None:
    """Also when a thread is free only now and then, so that one record is claimed at a time."""
    with platform.store.write() as tx:
        for n in range(100):
            tx.insert(Record("cloudwatch:MetricAlarm", SCOPE, f"a{n}", due=1.0))
    assert "j" in [claimed.id for claimed in controllers._claim(8)]
    controllers._release()
    served = [controllers._claim(1)[0].kind for _ in range(2)]
    assert sorted(served) == ["cloudwatch:MetricAlarm", "sagemaker:TrainingJob"]


def test_changes_that_nobody_reads_are_deleted_and_a_lost_consumer_is_named(
    platform: Platform, clock: FakeClock, controllers: Controllers, caplog: pytest.LogCaptureFixture
) -> None:
    with platform.store.write() as tx:
        tx.advance("events", 1)
        tx.sql("insert into change values (200000, 'K', '', '', '', 'w', '{}', 0.0)")
    clock.advance(600)  # it has not been heard of in all this time
    controllers._turn()
    assert "events has not read 199999 changes" in caplog.text
    with platform.store.read() as tx:
        assert tx.position("events") is None
        assert [one.number for one in tx.changes(0, 9)] == [200000]


def test_a_clock_that_is_set_back_keeps_nobody_waiting(
    platform: Platform, clock: FakeClock, record: Record, controllers: Controllers
) -> None:
    controllers._reconcilers["sagemaker:TrainingJob"] = lambda *_: Step(after=1)
    assert controllers.once() == 1
    clock.advance(-3600)
    assert controllers.once() == 1
    assert (now_of(platform).due or 0) - clock.now() == 1
    assert controllers.once() == 0, "a second look has no cause"
    clock.advance(1)
    assert controllers.once() == 1


def test_a_step_over_a_record_that_changed_is_dropped(
    platform: Platform, clock: FakeClock, record: Record, controllers: Controllers
) -> None:
    def meddled(seen: Record, _: World) -> Step:
        with platform.store.write() as tx:
            tx.update(seen.evolve(status="Stopping", due=clock.now()))
        return Step("Completed")

    controllers._reconcilers["sagemaker:TrainingJob"] = meddled
    controllers.once()
    assert now_of(platform).status == "Stopping"


def test_a_step_that_another_transaction_came_in_between_of_is_written_again(
    platform: Platform, record: Record, controllers: Controllers
) -> None:
    """As PostgreSQL says of transactions that touch the same pages: the record itself is as it was."""
    left = [Stale, Stale]

    def stumble(_: Tx) -> None:
        if left:
            raise left.pop()

    controllers._reconcilers["sagemaker:TrainingJob"] = lambda *_: Step("Completed", writes=(stumble,))
    controllers.once()
    assert (now_of(platform).status, left) == ("Completed", [])


def test_a_bell_is_private_and_hung_anew_over_a_dead_one(tmp_path: Path) -> None:
    path = str(tmp_path / "bell")
    bind(path).close()
    bell = bind(path)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ringer:
        for _ in range(3):
            ringer.sendto(b"x", path)
    drain(bell)
    with pytest.raises(BlockingIOError):
        bell.recv(1)
    bell.close()
