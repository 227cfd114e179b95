"""What a deleted job leaves on the disk goes after the commit, and by the sweep where this process died in between."""

from __future__ import annotations

from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.api import RunSpec
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from clary.services.sagemaker.service import sagemaker
from clary.workloads import containers, leftovers
from tests.support.sagemaker_requests import training_request

AWKWARD = "training-job-x-111122223333-us-east-1-abc"  # a name may look like an id


@pytest.fixture
def job(sm: Any, role: str, controllers: Controllers, runs: FakeExecutor) -> str:
    """A training job that runs; the id of its run."""
    sm.create_training_job(**training_request(role, AWKWARD))
    controllers.once()
    [run] = runs.runs()
    return run


def ended(run: str, sm: Any, controllers: Controllers, runs: FakeExecutor, clock: FakeClock) -> None:
    """Its job fails, and its folder is still there."""
    runs.advance(run, "exited", reason="failed")
    for _ in range(3):
        clock.advance(1)
        controllers.once()
        if sm.describe_training_job(TrainingJobName=AWKWARD)["TrainingJobStatus"] == "Failed":
            break
    assert runs.runs() == [run]


def test_a_run_of_a_job_stays(platform: Platform, runs: FakeExecutor, job: str) -> None:
    assert leftovers.sweep(platform, sagemaker) == []
    assert runs.runs() == [job]


def test_the_folder_goes_with_the_job(
    sm: Any, controllers: Controllers, runs: FakeExecutor, clock: FakeClock, job: str
) -> None:
    ended(job, sm, controllers, runs, clock)
    sm.delete_training_job(TrainingJobName=AWKWARD)
    assert runs.runs() == []


def test_what_could_not_be_removed_then_is_found_again(
    platform: Platform,
    sm: Any,
    controllers: Controllers,
    runs: FakeExecutor,
    clock: FakeClock,
    job: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where the process dies after the commit: the job has gone, and its folder is there."""
    ended(job, sm, controllers, runs, clock)
    with monkeypatch.context() as patch:
        patch.setattr(containers, "drop", lambda runs, executor: 1 // 0)
        sm.delete_training_job(TrainingJobName=AWKWARD)
    assert runs.runs() == [job]
    assert leftovers.sweep(platform, sagemaker) == [job]
    assert runs.runs() == []


def test_one_that_runs_without_a_job_is_stopped_first(
    platform: Platform, runs: FakeExecutor, job: str
) -> None:
    stray = job.replace(AWKWARD, "another")
    runs.start(stray, runs.specs[job])
    runs.set(stray, phase="running")
    assert leftovers.sweep(platform, sagemaker) == [stray]
    assert runs.stops == [(stray, None)]
    runs.set(stray, phase="exited")
    leftovers.sweep(platform, sagemaker)
    assert runs.runs() == [job]


def test_runs_of_others_are_not_touched(platform: Platform, runs: FakeExecutor, job: str) -> None:
    spec: RunSpec = runs.specs[job]
    runs.start("crawl-111122223333-us-east-1-abc", spec)
    assert leftovers.sweep(platform, sagemaker) == []
