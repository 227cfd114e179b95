"""Warm start (https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-warm-start.html)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.sagemaker.tuning.lab import Hyperparameters, Lab, continuous, tuning_request

IDENTICAL, TRANSFER = "IdenticalDataAndAlgorithm", "TransferLearning"


def bowl(values: Hyperparameters) -> list[float]:
    return [(float(values["x"]) - 0.3) ** 2]


def from_parents(request: dict[str, Any], kind: str, *parents: str) -> dict[str, Any]:
    named = [{"HyperParameterTuningJobName": parent} for parent in parents]
    return {**request, "WarmStartConfig": {"ParentHyperParameterTuningJobs": named, "WarmStartType": kind}}


def value(summary: dict[str, Any]) -> float:
    return summary["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]


def test_results_of_parents_are_results_of_the_new_job(lab: Lab, role: str) -> None:
    ranges = {"ContinuousParameterRanges": [continuous("x", "-20", "20")]}
    parent = lab.run(tuning_request(role, "parent", strategy="Bayesian", most=15, ranges=ranges), bowl)
    request = tuning_request(role, "child", strategy="Bayesian", most=5, ranges=ranges)
    child = lab.run(from_parents(request, IDENTICAL, "parent"), bowl)
    cold = lab.run(tuning_request(role, "cold", strategy="Bayesian", most=5, ranges=ranges), bowl)
    assert value(child["BestTrainingJob"]) < value(cold["BestTrainingJob"])
    overall = child["OverallBestTrainingJob"]
    assert value(overall) == min(value(parent["BestTrainingJob"]), value(child["BestTrainingJob"]))
    assert overall["TuningJobName"] in ("parent", "child")
    names = child["WarmStartConfig"]["ParentHyperParameterTuningJobs"]
    assert [one["HyperParameterTuningJobName"] for one in names] == ["parent"]


def test_the_overall_best_may_be_a_parents(lab: Lab, role: str) -> None:
    lab.run(tuning_request(role, "good"), lambda values: [0.1])
    lab.run(tuning_request(role, "bad"), lambda values: [5.0])
    found = lab.run(
        from_parents(tuning_request(role, "child"), IDENTICAL, "bad", "good"), lambda values: [1.0]
    )
    assert found["OverallBestTrainingJob"]["TuningJobName"] == "good"
    assert value(found["OverallBestTrainingJob"]) == 0.1
    assert value(found["BestTrainingJob"]) == 1.0


def test_a_hyperparameter_may_become_static_and_the_other_way_round(lab: Lab, role: str) -> None:
    lab.run(tuning_request(role, "parent", strategy="Bayesian", most=3), bowl)
    request = tuning_request(
        role,
        "child",
        strategy="Bayesian",
        most=3,
        ranges={"ContinuousParameterRanges": [continuous("fixed", "0", "2")]},
        definition={"StaticHyperParameters": {"x": "0.3"}},
    )
    found = lab.run(from_parents(request, IDENTICAL, "parent"), bowl)
    assert found["HyperParameterTuningJobStatus"] == "Completed"


def test_transfer_learning_tries_the_parents_best_first(lab: Lab, role: str) -> None:
    lab.run(tuning_request(role, "parent", most=10), bowl)
    best = lab.describe("parent")["BestTrainingJob"]["TunedHyperParameters"]
    other_data = from_parents(tuning_request(role, "child", most=6), TRANSFER, "parent")
    found = lab.run(other_data, lambda values: [100 + bowl(values)[0]])
    assert lab.children("child")[0]["TunedHyperParameters"] == best
    assert "OverallBestTrainingJob" not in found


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"definition": {"StaticHyperParameters": {"other": "1"}}}, "The set of tunable plus static HyperParameter names"),
        ({"objective": "Maximize"}, "The objective metric is not the same"),
        ({"definition": {"InputDataConfig": []}}, "input data must be the same"),
        ({"strategy": "Hyperband", "definition": {"StaticHyperParameters": {"fixed": "1", "epochs": "9"}}},
         "WarmStartConfig cannot be specified"),
    ],
)  # fmt: skip
def test_what_does_not_fit_its_parents(lab: Lab, sm: Any, role: str, changes: Any, said: str) -> None:
    # The first sentence: https://github.com/aws/amazon-sagemaker-examples/issues/861
    lab.run(tuning_request(role, "parent", most=1))
    request = tuning_request(role, "child", **changes)
    if request["TrainingJobDefinition"]["InputDataConfig"] == []:
        del request["TrainingJobDefinition"]["InputDataConfig"]
    with pytest.raises(ClientError, match=said):
        sm.create_hyper_parameter_tuning_job(**from_parents(request, IDENTICAL, "parent"))


def test_parents_that_are_not_there_or_run(lab: Lab, sm: Any, role: str) -> None:
    with pytest.raises(ClientError, match="parent hyperparameter tuning job with name: nothing"):
        sm.create_hyper_parameter_tuning_job(**from_parents(tuning_request(role), IDENTICAL, "nothing"))
    sm.create_hyper_parameter_tuning_job(**tuning_request(role, "running"))
    with pytest.raises(ClientError, match="terminal status"):
        sm.create_hyper_parameter_tuning_job(**from_parents(tuning_request(role), IDENTICAL, "running"))
