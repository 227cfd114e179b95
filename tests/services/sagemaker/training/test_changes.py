"""What the change feed tells of a training job, to consumers and through the platform's own API."""

from __future__ import annotations

from typing import Any

from clary.kernel import FakeClock
from clary.plane import Change, Platform, Reaction
from clary.plane.changes import Consumer
from clary.runs.fake import FakeExecutor
from clary.server.consumers import Consumers
from clary.server.loop import Controllers
from tests.support.sagemaker_requests import training_request
from tests.support.turns import turn


def test_a_job_from_creation_to_its_end_is_told_each_status_once(
    sm: Any, role: str, platform: Platform, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    told: list[tuple[str, str | None, str | None]] = []

    def react(_: Reaction, change: Change) -> None:
        old, new = change.view["old"], change.view["new"]
        told.append((change.arn, old and old["status"], new and new["status"]))

    kinds = ("sagemaker:TrainingJob",)
    consumers = Consumers(platform, consumers=[Consumer("x:y", kinds, react, "x.amazonaws.com")])
    arn = sm.create_training_job(**training_request(role))["TrainingJobArn"]
    consumers.once()
    assert told == [(arn, None, "InProgress")]
    turn(controllers, clock, 2)
    (run_id,) = runs.specs
    runs.advance(run_id)
    turn(controllers, clock, 3)
    consumers.once()
    assert len(told) == 1, "its status is InProgress still"
    runs.finish(run_id)
    turn(controllers, clock, 5)
    assert sm.describe_training_job(TrainingJobName="job-1")["TrainingJobStatus"] == "Completed"
    consumers.once()
    assert told[1:] == [(arn, "InProgress", "Completed")]
