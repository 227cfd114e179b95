"""What CreateHyperParameterTuningJob refuses, in AWS's words where one was reported. A refused request changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.sagemaker.tuning.lab import categorical, continuous, training_definition, tuning_request
from tests.support.images import XGBOOST

_X = continuous("x", "0", "1")


def refusal(sm: Any, request: dict[str, Any]) -> str:
    """The code and sentence that a request is refused with."""
    with pytest.raises(ClientError) as refused:
        sm.create_hyper_parameter_tuning_job(**request)
    assert sm.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"] == []
    error = refused.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


def of_ranges(role: str, **ranges: Any) -> dict[str, Any]:
    return tuning_request(role, ranges=ranges)


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        ({"ContinuousParameterRanges": []}, "At least one hyperparameter range"),
        ({"ContinuousParameterRanges": [continuous("x", "1", "1")]}, "MinValue [1] of hyperparameter [x] must be less"),
        ({"ContinuousParameterRanges": [continuous("x", "2", "1")]}, "MinValue [2] of hyperparameter [x] must be less"),
        ({"ContinuousParameterRanges": [continuous("x", "a", "1")]}, "MinValue [a] of hyperparameter [x]"),
        ({"ContinuousParameterRanges": [continuous("x", "0", "nan")]}, "MaxValue [nan] of hyperparameter [x]"),
        ({"IntegerParameterRanges": [continuous("x", "0.5", "4")]}, "MinValue [0.5] of hyperparameter [x]"),
        ({"IntegerParameterRanges": [continuous("x", "0", "1e300")]}, "MaxValue [1e300] of hyperparameter [x]"),
        ({"ContinuousParameterRanges": [continuous("x", "-1e308", "1e308")]}, "hyperparameter [x] is too large"),
        ({"ContinuousParameterRanges": [_X, _X]}, "Duplicate hyperparameter ranges: ['x']"),
        (
            {"ContinuousParameterRanges": [_X], "CategoricalParameterRanges": [categorical("x", "a", "b")]},
            "Duplicate hyperparameter ranges: ['x']",
        ),
        ({"ContinuousParameterRanges": [continuous("fixed", "0", "1")]}, "both static and tunable. Remove ['fixed']"),
        # https://github.com/aws/amazon-sagemaker-feedback/issues/195: AWS refuses both of these.
        ({"CategoricalParameterRanges": [categorical("x", "a", "a")]}, "hyperparameter [x] must be unique"),
        ({"IntegerParameterRanges": [continuous("x", "1", "1")]}, "MinValue [1] of hyperparameter [x]"),
        # API_ContinuousParameterRange: "Logarithmic scaling works only for ranges that have only values greater than 0."
        (
            {"ContinuousParameterRanges": [continuous("x", "0", "1", ScalingType="Logarithmic")]},
            "only for ranges that have only values greater than 0",
        ),
        (
            {"ContinuousParameterRanges": [continuous("x", "0", "1", ScalingType="ReverseLogarithmic")]},
            "entirely within the range 0<=x<1.0",
        ),
        (
            {"IntegerParameterRanges": [continuous("x", "0", "9", ScalingType="ReverseLogarithmic")]},
            "entirely within the range 0<=x<1.0",
        ),
        (
            {"ContinuousParameterRanges": [continuous(f"x{n}", "0", "1") for n in range(20)],
             "IntegerParameterRanges": [continuous(f"y{n}", "0", "9") for n in range(20)]},
            "at most 30 hyperparameters",
        ),
    ],
)  # fmt: skip
def test_ranges(sm: Any, role: str, ranges: dict[str, Any], said: str) -> None:
    found = refusal(sm, of_ranges(role, **ranges))
    assert found.startswith("ValidationException: ")
    assert said in found


def test_fewer_combinations_than_training_jobs(sm: Any, role: str) -> None:
    # https://github.com/aws/amazon-sagemaker-operator-for-k8s/issues/123
    ranges = {"CategoricalParameterRanges": [categorical("x", "1", "2", "3")]}
    assert refusal(sm, tuning_request(role, most=10, ranges=ranges)) == (
        "ValidationException: You don't have enough combinations of hyperparameter ranges. The total number of hyperparameter "
        "combinations for the provided ranges [3.0] must be equal or greater than the value of MaxNumberOfJobs, [10]. Provide "
        "additional ranges."
    )


def test_a_metric_that_no_definition_takes(sm: Any, role: str) -> None:
    # https://github.com/aws/amazon-sagemaker-examples/issues/1207
    objective = {"Type": "Minimize", "MetricName": "validation:loss"}
    assert refusal(sm, tuning_request(role, HyperParameterTuningJobObjective=objective)) == (
        "ValidationException: A metric is required for this hyperparameter tuning job objective. Provide a metric in the "
        "metric definitions."
    )


def test_a_metric_that_the_algorithm_does_not_have(sm: Any, role: str) -> None:
    algorithm = {"TrainingImage": XGBOOST, "TrainingInputMode": "File"}
    request = tuning_request(role, definition={"AlgorithmSpecification": algorithm})
    assert "The objective metric, [loss], that you specified isn't valid" in refusal(sm, request)


def test_a_metric_of_the_algorithm_goes_one_way(sm: Any, role: str) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html: rmse is minimized.
    request = tuning_request(
        role,
        definition={"AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"}},
        HyperParameterTuningJobObjective={"Type": "Maximize", "MetricName": "validation:rmse"},
    )
    assert "The objective metric type, [Maximize], that you specified" in refusal(sm, request)


def test_definitions_of_metrics_for_the_platforms_own_algorithm(sm: Any, role: str) -> None:
    # https://github.com/aws/sagemaker-xgboost-container/issues/121
    algorithm = {
        "TrainingImage": XGBOOST,
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "loss", "Regex": "(x)"}],
    }
    request = tuning_request(role, definition={"AlgorithmSpecification": algorithm})
    assert "You can't override the metric definitions for Amazon SageMaker algorithms." in refusal(
        sm, request
    )


def test_what_its_training_jobs_would_be_refused_for(sm: Any, role: str) -> None:
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/nothing"}
    channel = {"ChannelName": "train", "DataSource": {"S3DataSource": source}}
    assert 'No S3 objects found under S3 URL "s3://bucket/nothing"' in refusal(
        sm, tuning_request(role, definition={"InputDataConfig": [channel]})
    )
    other = role.replace("/Jobs", "/Nobody")
    assert "Could not assume role" in refusal(sm, tuning_request(role, definition={"RoleArn": other}))


def test_a_grid_is_one_of_categories_and_is_searched_whole(sm: Any, role: str) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-how-it-works.html
    assert "only categorical" in refusal(sm, tuning_request(role, strategy="Grid"))
    ranges = {"CategoricalParameterRanges": [categorical("x", "1", "2", "3")]}
    assert "[2], must be equal to the total number" in refusal(
        sm, tuning_request(role, strategy="Grid", most=2, ranges=ranges)
    )


def test_hyperband_needs_to_know_its_epochs(sm: Any, role: str) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HyperbandStrategyConfig.html
    def hyperband(**said: int) -> dict[str, Any]:
        return {"HyperbandStrategyConfig": said}

    # https://github.com/awslabs/graphstorm/issues/1243
    assert refusal(sm, tuning_request(role, strategy="Hyperband")) == (
        "ValidationException: MaxResource parameter is not provided and could not be inferred from provided static "
        "hyperparameters of TrainingJobDefinition."
    )
    request = tuning_request(
        role, strategy="Hyperband", StrategyConfig=hyperband(MinResource=9, MaxResource=3)
    )
    assert "MinResource [9] must be less than or equal to MaxResource [3]" in refusal(sm, request)
    request = tuning_request(role, strategy="Hyperband", StrategyConfig=hyperband(MaxResource=20_001))
    assert "must not exceed 20000" in refusal(sm, request)
    request = tuning_request(
        role,
        strategy="Hyperband",
        TrainingJobEarlyStoppingType="Auto",
        StrategyConfig=hyperband(MaxResource=9),
    )
    assert "must be Off" in refusal(sm, request)
    request = tuning_request(role, StrategyConfig=hyperband(MaxResource=9))
    assert "only be specified when Strategy is Hyperband" in refusal(sm, request)


def test_hyperband_finds_its_epochs_among_the_static_hyperparameters(sm: Any, role: str) -> None:
    definition = {"StaticHyperParameters": {"epochs": '"9"'}}
    sm.create_hyper_parameter_tuning_job(**tuning_request(role, strategy="Hyperband", definition=definition))


def test_limits(sm: Any, role: str) -> None:
    assert "less than or equal to 100" in refusal(sm, tuning_request(role, parallel=101))
    assert "less than or equal to 750" in refusal(sm, tuning_request(role, strategy="Bayesian", most=751))
    assert "MaxNumberOfTrainingJobs must be specified" in refusal(sm, tuning_request(role, most=None))
    ok = tuning_request(role, most=None, TuningJobCompletionCriteria={"TargetObjectiveMetricValue": 0.5})
    sm.create_hyper_parameter_tuning_job(**ok)


def test_definitions_with_names(sm: Any, role: str) -> None:
    request = tuning_request(role)
    assert "Exactly one of TrainingJobDefinition" in refusal(
        sm, {**request, "TrainingJobDefinitions": [training_definition(role)]}
    )
    del request["TrainingJobDefinition"]
    assert "Exactly one of TrainingJobDefinition" in refusal(sm, request)
    assert "DefinitionName of its own" in refusal(
        sm, {**request, "TrainingJobDefinitions": [training_definition(role)]}
    )


def test_instances(sm: Any, role: str) -> None:
    request = tuning_request(role)
    del request["TrainingJobDefinition"]["ResourceConfig"]
    assert "Exactly one of ResourceConfig" in refusal(sm, request)


def test_auto_parameters_need_autotune(sm: Any, role: str) -> None:
    ranges = {"AutoParameters": [{"Name": "x", "ValueHint": "3"}]}
    assert "Autotune" in refusal(sm, tuning_request(role, ranges=ranges))


def test_bayesian_search_where_optuna_is_not_installed(
    sm: Any, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clary.services.sagemaker.tuning.search.samplers.find_spec", lambda name: None)
    found = refusal(sm, tuning_request(role, strategy="Bayesian"))
    assert found.startswith("NotImplemented")
    assert "clary[tuning]" in found
    sm.create_hyper_parameter_tuning_job(**tuning_request(role))


def test_a_member_that_nothing_acts_on_is_refused_by_name(sm: Any, role: str) -> None:
    algorithm = {"AlgorithmName": "mine", "TrainingInputMode": "File"}
    found = refusal(sm, tuning_request(role, definition={"AlgorithmSpecification": algorithm}))
    assert "TrainingJobDefinition.AlgorithmSpecification.AlgorithmName" in found
