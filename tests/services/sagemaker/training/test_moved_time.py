"""Jobs while business time is moved: what a real process takes is the machine's (docs/decisions/0018-two-clocks.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.support.sagemaker_requests import training_request
from tests.support.turns import turn


def test_moving_business_time_ends_no_job(
    sm: Any,
    role: str,
    controllers: Controllers,
    clock: FakeClock,
    runs: FakeExecutor,
    move: Callable[[float], None],
) -> None:
    """MaxRuntimeInSeconds and BillableTimeInSeconds are what a real process takes."""
    sm.create_training_job(**training_request(role))
    turn(controllers, clock, 2)
    (running,) = runs.specs
    runs.advance(running, steps=(("Downloading", clock.now()), ("Running", clock.now() + 1)))
    turn(controllers, clock)
    move(10 * 86_400)
    assert controllers.once() <= 2, "the job, and what the bucket holds"
    turn(controllers, clock, 3)
    assert (runs.stops, sm.describe_training_job(TrainingJobName="job-1")["TrainingJobStatus"]) == (
        [],
        "InProgress",
    )
    runs.finish(running, code=0)
    turn(controllers, clock, 2)
    shown = sm.describe_training_job(TrainingJobName="job-1")
    assert shown["TrainingJobStatus"] == "Completed"
    assert shown["TrainingTimeInSeconds"] < 60
    times = [
        shown[name] for name in ("CreationTime", "TrainingStartTime", "TrainingEndTime", "LastModifiedTime")
    ]
    assert times == sorted(times)


def test_a_job_waits_for_capacity_in_the_machines_time(
    platform: Platform,
    sm: Any,
    role: str,
    controllers: Controllers,
    clock: FakeClock,
    runs: FakeExecutor,
    move: Callable[[float], None],
) -> None:
    runs.full = True
    limits = {"MaxRuntimeInSeconds": 60, "MaxPendingTimeInSeconds": 7200}
    sm.create_training_job(**training_request(role) | {"StoppingCondition": limits})
    turn(controllers, clock, 2)
    move(7201)
    turn(controllers, clock, 2)
    assert sm.describe_training_job(TrainingJobName="job-1")["SecondaryStatus"] == "Pending"
    clock.advance(7201)  # farther than a signature of now is good for
    turn(controllers, clock, 2)
    with platform.store.read() as tx:
        assert [job.status for job in tx.list("sagemaker:TrainingJob", None)] == ["Stopped"]
