"""The page about a tuning job. Shapes: AWS's model, which the clients check; ends: TuningJobCompletionCriteria and
https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-progress.html."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clary.cli.report.trials import best_so_far, trial, why_ended
from clary.cli.report.tuning import rendered
from tests.cli.report.conftest import Platform, parsed, words

Write = Callable[[str], str]
BEGUN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ARN = "arn:aws:sagemaker:us-east-1:111122223333:hyper-parameter-tuning-job/tune"


def tuner(**changes: Any) -> dict[str, Any]:
    config = {
        "Strategy": "Bayesian",
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
        "ParameterRanges": {
            "ContinuousParameterRanges": [
                {"Name": "eta", "MinValue": "0.001", "MaxValue": "1", "ScalingType": "Logarithmic"}
            ],
            "CategoricalParameterRanges": [{"Name": "booster", "Values": ['"dart"', '"gbtree"']}],
        },
    }
    config.update(changes.pop("config", {}))
    return {
        "HyperParameterTuningJobName": "tune",
        "HyperParameterTuningJobArn": ARN,
        "HyperParameterTuningJobConfig": config,
        "HyperParameterTuningJobStatus": "Completed",
        "CreationTime": BEGUN,
        "HyperParameterTuningEndTime": BEGUN + timedelta(minutes=3),
        "TrainingJobStatusCounters": {"Completed": 3, "InProgress": 0, "NonRetryableError": 1},
        "ObjectiveStatusCounters": {"Succeeded": 3, "Failed": 1},
        **changes,
    }


def summary(number: int, value: float | None, eta: str = "0.1", booster: str = '"dart"') -> dict[str, Any]:
    metric = {"MetricName": "validation:rmse", "Value": value}
    begun = BEGUN + timedelta(seconds=30 * number)
    return {
        "TrainingJobName": f"tune-{number:03}",
        "TrainingJobStatus": "Failed" if value is None else "Completed",
        "TunedHyperParameters": {"eta": eta, "booster": booster},
        "TrainingStartTime": begun,
        "TrainingEndTime": begun + timedelta(seconds=25),
        **({} if value is None else {"FinalHyperParameterTuningJobObjectiveMetric": metric}),
    }


SUMMARIES = [
    summary(1, 3.0, "0.001"),
    summary(2, None),
    summary(3, 1.5, "1", '"gbtree"'),
    summary(4, 2.0, "0.0316228"),
]


@pytest.fixture
def tuned(platform: Platform) -> Platform:
    def page(asked: dict[str, Any]) -> dict[str, Any]:
        if "NextToken" not in asked:
            return {"TrainingJobSummaries": SUMMARIES[:2], "NextToken": "more"}
        return {"TrainingJobSummaries": SUMMARIES[2:]}

    platform.answers["DescribeHyperParameterTuningJob"] = tuner()
    platform.answers["ListTrainingJobsForHyperParameterTuningJob"] = page
    return platform


def test_a_page_by_name_and_by_arn(tuned: Platform, write: Write) -> None:
    for name in ("tune", ARN):
        said = words(write(name))
        assert "Best validation:rmse 1.5 in tune-003" in said
        assert "All of its 4 training jobs have ended." in said
        assert "1 of 4 training jobs have no objective." in said
        assert "eta 0.001 to 1, logarithmic" in said
        assert "booster one of dart, gbtree" in said


def test_the_best_trials_in_their_order(tuned: Platform, write: Write) -> None:
    rows = parsed(write("tune")).findall(".//tr")
    found = ["".join(row.itertext()) for row in rows if "tune-0" in "".join(row.itertext())]
    assert len(found) == 3
    for text, job in zip(found, ("tune-003", "tune-004", "tune-001"), strict=True):
        assert job in text
    assert found[0].endswith("Completed25 s")


def test_polylines_are_where_the_scales_say(tuned: Platform, write: Write) -> None:
    """By hand: three axes between x 70 and 890 of 960, from y 330 (low) to 64 (high). eta 0.001 to 1 by its logarithm: 0.0316228 is in the middle, 197.
    Words: dart below, gbtree above. The objective from 1.5 to 3: 2 is a third of the way, 330 - 266/3."""
    paths = [path.get("d") for path in parsed(write("tune")).iter("path")]
    assert paths == [
        "M70.0 330.0L480.0 330.0L890.0 64.0",  # the worst first, so that the best lies on top
        "M70.0 197.0L480.0 330.0L890.0 241.3",
        "M70.0 64.0L480.0 64.0L890.0 330.0",
    ]


def test_best_so_far() -> None:
    found = [(1.0, 3.0), (3.0, 1.5), (4.0, 2.0)]
    assert best_so_far(found, lower_is_better=True) == [(1.0, 3.0), (3.0, 1.5), (4.0, 1.5)]
    assert best_so_far(found, lower_is_better=False) == [(1.0, 3.0), (4.0, 3.0)]
    assert best_so_far([], lower_is_better=True) == []


CRITERIA = "TuningJobCompletionCriteria"
DETAILS = "TuningJobCompletionDetails"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "All of its 4 training jobs have ended."),
        ({"HyperParameterTuningJobStatus": "Stopped"}, "It was stopped."),
        ({"HyperParameterTuningJobStatus": "InProgress"}, ""),
        ({"HyperParameterTuningJobStatus": "Failed", "FailureReason": "No objective."}, "No objective."),
        (
            {"config": {CRITERIA: {"TargetObjectiveMetricValue": 1.6}}},
            "reached the target of the objective, 1.6",
        ),
        (
            {
                "config": {
                    CRITERIA: {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}
                },
                DETAILS: {"NumberOfTrainingJobsObjectiveNotImproving": 3},
            },
            "3 training jobs in turn did not improve",
        ),
        (
            {
                "config": {CRITERIA: {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}},
                DETAILS: {"ConvergenceDetectedTime": BEGUN},
            },
            "It converged",
        ),
        ({"config": {"ResourceLimits": {"MaxRuntimeInSeconds": 120}}}, "Its 120 seconds were over."),
        ({"config": {"ResourceLimits": {}, "Strategy": "Grid"}}, "Every combination"),
    ],
)
def test_why_it_ended(changes: dict[str, Any], said: str) -> None:
    found = why_ended(tuner(**changes), [trial(one) for one in SUMMARIES])
    assert said in found
    assert bool(found) == bool(said)


def test_a_target_that_was_not_reached_is_no_reason() -> None:
    about = tuner(config={CRITERIA: {"TargetObjectiveMetricValue": 1.4}})
    assert why_ended(about, [trial(one) for one in SUMMARIES]).startswith("All of its 4")


def test_a_job_that_has_just_begun() -> None:
    about = tuner(HyperParameterTuningJobStatus="InProgress", TrainingJobStatusCounters={"InProgress": 2})
    del about["HyperParameterTuningEndTime"]
    said = words(rendered(about, []))
    assert "There is no value to draw." in said
    assert "Running 2 training jobs" in said


def test_many_trials_make_a_page_of_bounded_size() -> None:
    """AWS allows 750 training jobs (docs: general/latest/gr/sagemaker.html)."""
    many = [summary(number, 1 + (number * 7919 % 1000) / 1000) for number in range(1, 751)]
    html = rendered(tuner(), [trial(one) for one in many])
    assert html.count('class="polyline') == 300
    assert "300 of 750" in words(html)
    assert len(html) < 250_000


EVIL = "\"><script>alert('x')</script>&'"


def test_every_text_is_escaped() -> None:
    about = tuner(
        config={
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": EVIL},
            "ParameterRanges": {"CategoricalParameterRanges": [{"Name": EVIL, "Values": [EVIL, "b"]}]},
        },
        HyperParameterTuningJobName=EVIL,
        HyperParameterTuningJobStatus="Failed",
        FailureReason=EVIL,
    )
    one = summary(1, 1.0)
    one |= {"TrainingJobName": EVIL, "TunedHyperParameters": {EVIL: EVIL}}
    assert EVIL in words(rendered(about, [trial(one)]))  # and it parses
