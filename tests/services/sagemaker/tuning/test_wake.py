"""What wakes a tuning job: the end of a training job, by the change feed; not a look now and then."""

from __future__ import annotations

from typing import Any

import pytest

from clary.plane import Platform
from clary.server.loop import Controllers
from clary.services.sagemaker.tuning import studies
from clary.store.api import Stale
from tests.services.sagemaker.tuning.lab import Lab, tuning_request

TUNER = "sagemaker:HyperParameterTuningJob"
SCOPE = "111122223333/us-east-1"


@pytest.fixture
def running(lab: Lab, sm: Any, role: str) -> Lab:
    """A tuning job with one training job at a time, the first of which is about to end."""
    sm.create_hyper_parameter_tuning_job(**tuning_request(role))
    for _ in range(3):
        lab.turn()
    return lab


def test_the_next_training_job_waits_for_the_news_of_the_last_one(
    running: Lab, controllers: Controllers
) -> None:
    while controllers.once():  # the first training job ends, and nobody tells
        running.clock.advance(1.0)
    assert len(running.children()) == 1
    assert running.children()[0]["TrainingJobStatus"] == "Completed"
    running.consumers.once()
    controllers.once()
    assert len(running.children()) == 2


def test_without_news_it_looks_by_itself_after_a_minute(running: Lab, controllers: Controllers) -> None:
    while controllers.once():
        running.clock.advance(1.0)
    running.clock.advance(61.0)
    controllers.once()
    assert len(running.children()) == 2


def test_a_step_that_did_not_see_the_end_cannot_be_written_after_it(
    running: Lab, controllers: Controllers, platform: Platform
) -> None:
    with platform.store.read() as tx:
        seen = tx.get(TUNER, SCOPE, "t")
    assert seen
    while controllers.once():
        running.clock.advance(1.0)
    running.consumers.once()
    with pytest.raises(Stale), platform.store.write() as tx:
        tx.postpone(seen, running.clock.now() + 60)


def test_a_step_that_could_not_be_written_makes_no_training_job_twice(
    running: Lab, controllers: Controllers, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The study knows more than the record then: the same number has the same point."""
    write = Controllers._write
    dropped = []

    def drop(self: Controllers, record: Any, step: Any, world: Any) -> None:
        if record.kind == TUNER and step.calls and not dropped:
            dropped.append(step.calls[0].params["HyperParameters"]["x"])
            with platform.store.write() as tx:  # its lease ends, as when its process dies
                tx.end_leases([TUNER])
                tx.postpone(record, self.platform.clock.now())
            return
        write(self, record, step, world)

    monkeypatch.setattr(Controllers, "_write", drop)
    found = running.finish()
    assert found["TrainingJobStatusCounters"]["Completed"] == 4
    values = [one["TunedHyperParameters"]["x"] for one in running.children()]
    assert len(set(values)) == 4
    assert values[1] == dropped[0]


def test_the_study_of_a_job_that_has_ended_is_forgotten(running: Lab) -> None:
    studies._studies.clear()  # what other tests have left
    while not studies._studies:
        running.turn()
    running.finish()
    assert not studies._studies
