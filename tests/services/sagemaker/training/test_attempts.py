"""Training jobs that wait for capacity, and attempts after a lost run."""

from __future__ import annotations

from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.support.sagemaker_requests import training_request
from tests.support.turns import turn


def test_a_spot_job_without_capacity_ends_when_its_wait_is_over(
    sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    runs.full = True
    stopping = {"MaxRuntimeInSeconds": 100, "MaxWaitTimeInSeconds": 200}
    sm.create_training_job(
        **training_request(role, EnableManagedSpotTraining=True, StoppingCondition=stopping)
    )
    turn(controllers, clock, 2)
    clock.advance(200)
    turn(controllers, clock)
    job = sm.describe_training_job(TrainingJobName="job-1")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxWaitTimeExceeded")
    assert "ModelArtifacts" not in job


def test_a_spot_job_that_waited_has_less_time_to_run(
    sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    runs.full = True
    stopping = {"MaxRuntimeInSeconds": 100, "MaxWaitTimeInSeconds": 150}
    sm.create_training_job(
        **training_request(role, EnableManagedSpotTraining=True, StoppingCondition=stopping)
    )
    turn(controllers, clock)
    clock.advance(99)
    runs.full = False
    turn(controllers, clock)
    (spec,) = runs.specs.values()
    assert spec.deadline == pytest.approx(50, abs=1)


def test_a_lost_run_is_tried_again_as_often_as_asked(
    sm: Any, client: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    # API_RetryStrategy: jobs that fail with an InternalServerError are retried.
    sm.create_training_job(**training_request(role, RetryStrategy={"MaximumRetryAttempts": 1}))
    turn(controllers, clock, 2)
    (first,) = runs.specs
    runs.advance(first, steps=(("Running", clock.now()),))
    runs.write(first, "of the first\n")
    turn(controllers, clock, 2)
    runs.advance(first, "lost")
    turn(controllers, clock, 3)
    second = next(run for run in runs.specs if run != first)
    job = sm.describe_training_job(TrainingJobName="job-1")
    assert job["TrainingJobStatus"] == "InProgress"
    assert "Restarting" in [entry["Status"] for entry in job["SecondaryStatusTransitions"]]
    runs.write(second, "of the second\n")
    runs.advance(second, steps=(("Running", clock.now()),))
    turn(controllers, clock, 2)
    runs.advance(second, "lost")
    turn(controllers, clock, 4)
    job = sm.describe_training_job(TrainingJobName="job-1")
    assert job["FailureReason"].startswith("InternalServerError")
    assert runs.specs == {}
    events = client("logs").filter_log_events(logGroupName="/aws/sagemaker/TrainingJobs")["events"]
    assert [event["message"] for event in events] == ["of the first", "of the second"]


def test_a_program_that_failed_is_not_tried_again(
    sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    sm.create_training_job(**training_request(role, RetryStrategy={"MaximumRetryAttempts": 3}))
    turn(controllers, clock, 2)
    (run,) = runs.specs
    runs.finish(run, code=1)
    turn(controllers, clock, 2)
    assert sm.describe_training_job(TrainingJobName="job-1")["TrainingJobStatus"] == "Failed"
