"""When a tuning job ends (https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-progress.html)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.services.sagemaker.tuning.lab import Hyperparameters, Lab, Program, tuning_request


def losses(values: Iterable[float], epochs: int = 1) -> Program:
    """A program whose objective is the next of these values, whatever its hyperparameters are."""
    left = iter(values)

    def program(_: Hyperparameters) -> list[float]:
        return [next(left)] * epochs

    return program


def criteria(**said: Any) -> dict[str, Any]:
    return {"TuningJobCompletionCriteria": said}


def test_the_target_is_reached(lab: Lab, role: str) -> None:
    request = tuning_request(role, most=50, **criteria(TargetObjectiveMetricValue=0.5))
    found = lab.run(request, losses([0.9, 0.7, 0.5, 0.1]))
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert found["TrainingJobStatusCounters"]["Completed"] == 3


def test_the_target_of_a_maximum_is_reached_and_what_runs_is_stopped(lab: Lab, role: str) -> None:
    request = tuning_request(
        role, most=50, parallel=2, objective="Maximize", **criteria(TargetObjectiveMetricValue=0.5)
    )
    left = iter([[0.1], [0.2] * 50, [0.6]])
    found = lab.run(request, lambda values: next(left))
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert (
        found["TrainingJobStatusCounters"]["Completed"],
        found["TrainingJobStatusCounters"]["Stopped"],
    ) == (2, 1)


def test_the_best_does_not_improve(lab: Lab, role: str) -> None:
    # API_BestObjectiveNotImproving: "failed to improve model performance by 1% or greater"
    not_improving = {"MaxNumberOfTrainingJobsNotImproving": 3}
    request = tuning_request(role, most=50, **criteria(BestObjectiveNotImproving=not_improving))
    found = lab.run(request, losses([1.0, 0.5, 0.499, 0.498, 0.6, 0.1]))
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert found["TrainingJobStatusCounters"]["Completed"] == 5
    assert found["TuningJobCompletionDetails"]["NumberOfTrainingJobsObjectiveNotImproving"] == 3
    assert found["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == 0.498


def test_convergence_is_noticed_and_ends_it_if_asked(lab: Lab, role: str) -> None:
    def flat() -> Program:
        return losses([1.0, 0.9, *[0.9] * 60])

    on = criteria(ConvergenceDetected={"CompleteOnConvergence": "Enabled"})
    found = lab.run(tuning_request(role, "on", most=40, **on), flat())
    assert found["TrainingJobStatusCounters"]["Completed"] == 20
    assert (
        found["TuningJobCompletionDetails"]["ConvergenceDetectedTime"] <= found["HyperParameterTuningEndTime"]
    )
    found = lab.run(tuning_request(role, "off", most=25), flat())
    assert found["TrainingJobStatusCounters"]["Completed"] == 25
    assert "ConvergenceDetectedTime" in found["TuningJobCompletionDetails"]


def test_its_time_is_over(lab: Lab, role: str) -> None:
    limits = {"MaxParallelTrainingJobs": 1, "MaxRuntimeInSeconds": 120}
    request = tuning_request(role, ResourceLimits=limits)
    found = lab.run(request, losses([0.5] * 100, epochs=40))
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert 120 <= found["ConsumedResources"]["RuntimeInSeconds"] <= 125
    assert found["TrainingJobStatusCounters"]["Stopped"] == 1
    assert found["TrainingJobStatusCounters"]["Completed"] >= 2
