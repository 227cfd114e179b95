"""Definitions as a whole: version, names, order, bounds (AWS's published schema: aws-sagemaker-mlops,
sagemaker-model-building-pipeline-definition-JSON-schema; the beginnings of errors are those that users report)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clary.kernel import AwsError
from clary.services.sagemaker.pipelines.definition import Branch, Cache, PropertyFile, Retry, parse
from clary.services.sagemaker.pipelines.definition.kinds import NOT_HERE
from clary.wire import load
from tests.services.sagemaker.pipelines.definition.making import (
    compare,
    fail,
    gate,
    get,
    parsed,
    processing,
    refusal,
    text,
    training,
)


def test_a_step_has_all_that_is_said_of_it() -> None:
    retry = {
        "ExceptionType": ["Step.THROTTLING"],
        "IntervalSeconds": 3,
        "BackoffRate": 1.5,
        "ExpireAfterMin": 9,
    }
    step = processing(
        "Split",
        DisplayName="Split it",
        Description="in two",
        CacheConfig={"Enabled": True, "ExpireAfter": "P1DT1H"},
        RetryPolicies=[retry, {"ExceptionType": "SageMaker.RESOURCE_LIMIT"}],
    )
    (found,) = parsed(step).steps
    assert (found.name, found.type, found.display_name, found.description) == (
        "Split",
        "Processing",
        "Split it",
        "in two",
    )
    assert found.arguments == step["Arguments"]
    assert found.cache == Cache(True, 90_000)
    assert found.retries == (
        Retry(("Step.THROTTLING",), 3, 1.5, None, 9),
        # "By default, MaxAttempts … 5" (pipelines-retry-policy.html)
        Retry(("SageMaker.RESOURCE_LIMIT",), 1, 2.0, 5, None),
    )
    assert found.property_files == (PropertyFile("Report", "out", "report.json"),)
    assert found.branch is None


def test_steps_wait_for_what_they_name_and_for_what_they_use() -> None:
    definition = parsed(
        processing("Split"),
        processing("Other"),
        training(
            "Train",
            get("Steps.Split.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"),
            DependsOn=["Other"],
        ),
    )
    assert definition.by_name["Train"].depends_on == {"Split", "Other"}


def test_branches_are_listed_behind_their_condition() -> None:
    inner = gate("Inner", compare("a", "a"), then=[fail("Deep")])
    definition = parsed(gate("Gate", compare(1, 1), then=[training("Yes")], other=[inner]), training("Last"))
    assert [step.name for step in definition.steps] == ["Gate", "Yes", "Inner", "Deep", "Last"]
    assert [step.branch for step in definition.steps] == [
        None,
        Branch("Gate", True),
        Branch("Gate", False),
        Branch("Inner", True),
        None,
    ]
    assert definition.by_name["Deep"].depends_on == {"Inner"}
    assert definition.by_name["Gate"].arguments == {}


def test_members_that_are_null_are_not_there() -> None:
    """SDK v2 writes `"ModelPackageGroupName": null` into QualityCheck steps."""
    step = training("Train", CacheConfig=None)
    step["Arguments"]["CheckpointConfig"] = None
    assert "CheckpointConfig" not in parsed(step).steps[0].arguments


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("{", "Invalid JSON: "),
        ("[]", "Expecting start of Json Object."),
        ('{"Steps": {}}', "Expecting start of Json Array."),
        ('{"Steps": []', "Invalid JSON: "),
        ('{"Steps": [NaN]}', "Invalid JSON: NaN is not a number of JSON"),
        ('{"Steps": [1e999]}', "Invalid JSON: a number is too large"),
        ("{}", "Missing required property 'Steps'."),
        ('{"Steps": [], "Other": 1}', "Cannot parse object, unknown property 'Other'."),
        ('{"Steps": [], "Version": "2021-01-01"}', "Unknown version '2021-01-01'."),
        ('{"Steps": [{}]}', "Missing required property 'Name'. (Steps[0])"),
        ('{"Steps": ' + "[" * 80 + "]" * 80 + "}", "It is nested more than 64 levels deep."),
        ('{"Steps": ' + "[" * 200_000, "It is nested more than 64 levels deep."),
        (" " * 1_048_577, "It has more than 1048576 characters."),
    ],
)
def test_what_is_no_definition(said: str, sentence: str) -> None:
    with pytest.raises(AwsError) as error:
        parse(said)
    assert error.value.code == "ValidationException"
    assert error.value.message.startswith(f"Unable to parse pipeline definition. {sentence}")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"Name": "a b"}, "'a b' is not a name: letters, digits, - and _ are. (Steps[0].Name)"),
        ({"Name": "a" * 65}, "It has more than 64 characters. (Steps[0].Name)"),
        ({"Type": "Coffee"}, "Unknown step type 'Coffee'. (step S)"),
        ({"Other": 1}, "Cannot parse object, unknown property 'Other'. (step S)"),
        ({"PropertyFiles": []}, "Cannot parse object, unknown property 'PropertyFiles'. (step S)"),
        ({"Arguments": "x"}, "Expecting start of Json Object. (step S)"),
        ({"Arguments": None}, "Missing required property 'Arguments'. (step S)"),
        ({"DependsOn": "A"}, "Expecting start of Json Array. (step S, DependsOn)"),
        ({"DependsOn": ["A"]}, "There is no step 'A'. (step S, DependsOn)"),
        ({"Description": 1}, "Expecting a String. (step S, Description)"),
        ({"DisplayName": "x" * 257}, "It has more than 256 characters. (step S, DisplayName)"),
        ({"CacheConfig": {"Enabled": "yes"}}, "Expecting a Boolean. (step S, CacheConfig.Enabled)"),
        (
            {"CacheConfig": {"Enabled": True, "ExpireAfter": "a day"}},
            "'a day' is not an ISO 8601 duration. (step S, CacheConfig.ExpireAfter)",
        ),
        (
            {"RetryPolicies": [{"ExceptionType": ["Any"]}]},
            "Unknown exception type 'Any'. (step S, RetryPolicies[0].ExceptionType)",
        ),
        (
            {"RetryPolicies": [{"ExceptionType": [], "MaxAttempts": 1, "ExpireAfterMin": 1}]},
            "Only one of MaxAttempts and ExpireAfterMin can be specified. (step S, RetryPolicies[0])",
        ),
        (
            {"RetryPolicies": [{"ExceptionType": [], "MaxAttempts": 0}]},
            "It must be between 1 and 20. (step S, RetryPolicies[0].MaxAttempts)",
        ),
    ],
)
def test_what_is_no_step(change: dict[str, Any], sentence: str) -> None:
    assert refusal({**training("S"), **change}).startswith(sentence)


def test_two_steps_of_one_name_even_in_two_branches() -> None:
    """ "A condition step can't use identical steps in both branches" (build-and-manage-steps-types.html)."""
    assert refusal(training("A"), training("A")) == "Duplicate step name 'A'."
    both = gate("Gate", compare(1, 1), then=[training("A")], other=[training("A")])
    assert refusal(both) == "Duplicate step name 'A'."


def test_steps_that_wait_for_each_other() -> None:
    said = refusal(
        training("A", DependsOn=["B"]), training("B", DependsOn=["C"]), training("C", DependsOn=["A"])
    )
    assert said.startswith("The steps wait for each other: ")
    assert {"A", "B", "C"} <= set(said.rstrip(".").split()[5:])
    assert "wait for each other" in refusal(training("A", DependsOn=["A"]))
    result = get("Steps.A.ModelArtifacts.S3ModelArtifacts")
    assert "wait for each other" in refusal(training("A", result))


def test_no_step_waits_for_a_fail_step() -> None:
    """The words of test_invalid_pipeline_depended_on_fail_step in the integration tests of the SDK (test_fail_steps.py)."""
    assert refusal(fail("No"), training("A", DependsOn=["No"])) == "A can not depends on No."


def test_a_step_outside_of_a_branch_cannot_stand_before_and_behind_it() -> None:
    """What depends on a Condition step from outside waits for the branch, so the branch cannot wait for it."""
    within = gate("Gate", compare(1, 1), then=[training("In", DependsOn=["Out"])])
    assert "wait for each other" in refusal(within, training("Out", DependsOn=["Gate"]))
    assert parsed(within, training("Out")).by_name["In"].depends_on == {"Gate", "Out"}


@pytest.mark.parametrize("kind", NOT_HERE)
def test_steps_that_are_not_offered_are_refused_by_name(kind: str) -> None:
    with pytest.raises(AwsError, match=rf"NotImplemented: .* of type {kind} \(step S\)"):
        parsed({"Name": "S", "Type": kind, "Arguments": {}})


def test_every_step_type_of_the_model_is_known() -> None:
    """PipelineExecutionStepMetadata has a member for each type of steps, some under the name of their job."""
    renamed = {"TrainingJob": "Training", "ProcessingJob": "Processing", "TransformJob": "Transform"}
    renamed |= {"TuningJob": "Tuning", "AutoMLJob": "AutoML"}
    for name in load("sagemaker").shape("PipelineExecutionStepMetadata").members:  # type: ignore[attr-defined]
        kind = renamed.get(name, name)
        with pytest.raises(AwsError) as error:
            parsed({"Name": "S", "Type": kind, "Arguments": {"Unknown": 1}})
        assert "Unknown step type" not in error.value.message


def test_a_check_of_a_model_is_refused_by_name() -> None:
    step = {"Name": "S", "Type": "QualityCheck", "Arguments": {}, "CheckType": "MODEL_QUALITY"}
    with pytest.raises(AwsError, match=r"NotImplemented: .*MODEL_QUALITY"):
        parsed(step)
    assert refusal({**step, "CheckType": "DATA"}).startswith(
        "CheckType must be DATA_QUALITY or MODEL_QUALITY."
    )


def test_what_sdk_v3_writes_beyond_that_is_refused_by_name() -> None:
    """`StepDependency` of sagemaker.mlops.workflow.step_dependency, and MlflowConfig, which is null where there is none."""
    with pytest.raises(AwsError, match=r"NotImplemented: .* Trigger Failed \(step B, DependsOn\[0\]\)"):
        parsed(training("A"), training("B", DependsOn=[{"Step": "A", "Trigger": "Failed"}]))
    plain = training("B", DependsOn=[{"Step": "A", "Trigger": "Completed"}])
    assert parsed(training("A"), plain).by_name["B"].depends_on == {"A"}
    assert parsed(training("A"), MlflowConfig=None)
    with pytest.raises(AwsError, match=r"NotImplemented: .* MlflowConfig"):
        parsed(training("A"), MlflowConfig={"MlflowResourceArn": "arn"})


def test_more_steps_than_there_may_be() -> None:
    assert len(parsed(*(fail(f"S{number}") for number in range(1000))).steps) == 1000
    assert refusal(*(fail(f"S{number}") for number in range(1001))) == "It has more than 1000 steps."


def test_the_experiment_is_made_of_parameters_and_of_the_execution() -> None:
    config = {"ExperimentName": get("Execution.PipelineName"), "TrialName": "t"}
    assert parsed(fail("S"), PipelineExperimentConfig=config).experiment_config == config
    assert parsed(fail("S"), PipelineExperimentConfig=None).experiment_config is None
    assert refusal(fail("S"), PipelineExperimentConfig={"Name": "x"}).startswith("Cannot parse object")
    step = {"ExperimentName": get("Steps.S.ErrorMessage")}
    assert "There is no such step." in refusal(fail("S"), PipelineExperimentConfig=step)
    assert json.loads(text(fail("S")))["Version"] == "2020-12-01"
