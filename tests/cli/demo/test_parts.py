"""The demo's small parts: answers read, rows moved, metrics found, steps told."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest

from clary.cli.demo import batch, monitoring, serving, summary, training
from clary.cli.demo.cloud import finished, wait
from clary.cli.demo.journey import Journey, StepFailed
from clary.cli.demo.report import Score
from clary.cli.screen import Screen


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("0.1\n0.9\n", [(0.1,), (0.9,)]),
        ("0.1,0.9\n0.5,0.5", [(0.1, 0.9), (0.5, 0.5)]),
        ("[0.1, 0.9]\n", [(0.1, 0.9)]),  # what the XGBoost container answers a batch transform for softprob
        ("", []),
    ],
)
def test_answers_of_endpoint_and_batch_are_read(text: str, answers: list[tuple[float, ...]]) -> None:
    assert serving.parsed(text) == answers


def test_the_largest_difference_is_of_any_value() -> None:
    assert batch.largest_difference([(1.0, 2.0)], ((1.0, 2.5),)) == 0.5
    with pytest.raises(ValueError, match="zip"):
        batch.largest_difference([(1.0,)], ((1.0,), (2.0,)))


def test_moved_rows_keep_what_is_missing() -> None:
    assert monitoring.shifted("1.0,,3", {0: 2.0, 1: 5.0}) == "3.0,,3"


def test_the_metric_is_read_from_awss_log_line() -> None:
    # The XGBoost container's line; CloudWatch shows its tab as #011.
    lines = [
        "[0]#011train-rmse:11.5#011validation-rmse:12.5",
        "noise",
        "[1]#011train-rmse:1e+1#011validation-rmse:9",
    ]
    cloud: Any = SimpleNamespace(log_lines=lambda *_: iter(lines))
    curve = training.curve_of(cloud, "job")
    assert (curve.metric, curve.train, curve.validation) == ("rmse", (11.5, 10.0), (12.5, 9.0))


def test_a_failed_job_is_told_with_its_reason_and_log() -> None:
    cloud: Any = SimpleNamespace(log_lines=lambda *_: iter(["one", "two"]))
    found = {"TrainingJobStatus": "Failed", "FailureReason": "ClientError: no"}
    with pytest.raises(StepFailed, match="job is Failed: ClientError: no") as failure:
        finished(cloud, found, "TrainingJobStatus", "/aws/sagemaker/TrainingJobs", "job")
    assert "/aws/sagemaker/TrainingJobs, streams job/*" in failure.value.log
    assert "two" in failure.value.log


def test_waiting_ends_with_failure_as_well() -> None:
    states = iter([{"S": "InProgress"}, {"S": "Failed"}, {"S": "Completed"}])
    assert wait(lambda: next(states), "S", lambda _: None, ("Completed",)) == {"S": "Failed"}


def test_a_journey_remembers_what_failed() -> None:
    stream = io.StringIO()
    journey = Journey(Screen(stream), 2, now=iter([0.0, 0.0, 1.0, 1.0, 3.0]).__next__)
    with journey.step("First") as progress:
        progress.detail = "well"
    with pytest.raises(StepFailed), journey.step("Second"):
        raise StepFailed("no")
    assert [(step.name, step.status, step.end - step.start) for step in journey.steps] == [
        ("First", "Completed", 1.0),
        ("Second", "Failed", 2.0),
    ]
    assert journey.current == "step 2 of 2 (Second)"
    assert "✓ 1/2 First" in stream.getvalue()
    assert "✗ 2/2 Second" in stream.getvalue()


def test_better_knows_which_way_is_up() -> None:
    assert summary.is_better(Score("RMSE", 1.0, 2.0, "mean"))
    assert not summary.is_better(Score("Accuracy", 0.4, 0.5, "majority", lower_is_better=False))


def test_the_class_is_of_a_probability_or_of_the_largest() -> None:
    served: Any = SimpleNamespace(answers=((0.7,), (0.2,), (0.1, 0.6, 0.3)))
    assert summary.classes_of(served) == [1, 0, 1]
