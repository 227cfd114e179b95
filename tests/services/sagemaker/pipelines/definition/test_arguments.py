"""The arguments of steps: those of the request that a step makes, with functions in them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.sagemaker.pipelines.definition.making import (
    from_file,
    get,
    join,
    parameter,
    parsed,
    processing,
    refusal,
    training,
)


def with_arguments(step: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**step, "Arguments": {**step["Arguments"], **changes}}


def test_sentences_that_users_of_aws_report() -> None:
    """https://github.com/aws/sagemaker-python-sdk/issues/4994, 3908, 2345, 4867; the enumeration is quoted in a comment
    of a public pipeline."""
    step = training("S")
    assert refusal(with_arguments(step, Other=1)) == "Unknown Argument member 'Other'. (step S, Arguments)"
    wrong = with_arguments(step, StoppingCondition="long")
    assert refusal(wrong) == "Expecting start of Json Object. (step S, Arguments.StoppingCondition)"
    subnets = {"SecurityGroupIds": get("Parameters.P"), "Subnets": ["subnet-1"]}
    wrong = with_arguments(step, VpcConfig=subnets)
    assert refusal(wrong, parameters=[parameter("P")]) == (
        "Expecting start of Json Array. (step S, Arguments.VpcConfig.SecurityGroupIds)"
    )
    wrong = processing("S", get("Parameters.split_number"))
    assert refusal(wrong, parameters=[parameter("split_number", "Integer")]) == (
        "Cannot assign property reference [Parameters.split_number] to argument of type [String]. "
        "(step S, Arguments.AppSpecification.ContainerArguments[0])"
    )
    source = {"S3Uri": "s3://b/x", "S3DataType": "S3Prefix", "S3InputMode": "FastFile"}
    wrong = with_arguments(processing("S"), ProcessingInputs=[{"InputName": "a", "S3Input": source}])
    assert refusal(wrong) == (
        "Model Validation failed: Value 'FastFile' for 'ProcessingS3InputMode' failed to satisfy enum value set: "
        "[Pipe, File] (step S, Arguments.ProcessingInputs[0].S3Input.S3InputMode)"
    )


def test_a_model_package_gets_its_name_from_its_group() -> None:
    """https://github.com/aws/sagemaker-python-sdk/pull/3472"""
    step = {"Name": "S", "Type": "RegisterModel", "Arguments": {"ModelPackageName": "p"}}
    assert refusal(step).startswith("Unknown Argument member 'ModelPackageName'.")


def test_lists_that_are_too_long() -> None:
    """https://github.com/aws/sagemaker-python-sdk/issues/2554: "caught when creating a pipeline"."""
    source = {"S3Uri": "s3://b/x", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    entries = [{"InputName": f"i{number}", "S3Input": source} for number in range(11)]
    said = refusal(with_arguments(processing("S"), ProcessingInputs=entries))
    assert said.startswith("Model Validation failed: 'ProcessingInputs' can have at most 10 members.")


@pytest.mark.parametrize(
    ("kind", "fits", "does_not"),
    [
        ("String", ["String"], ["Integer", "Float", "Boolean"]),
        ("Integer", ["Integer"], ["String", "Float", "Boolean"]),
        ("Boolean", ["Boolean"], ["String", "Integer", "Float"]),
    ],
)
def test_parameters_fit_arguments_of_their_type(kind: str, fits: list[str], does_not: list[str]) -> None:
    def step(value: Any) -> dict[str, Any]:
        changes = {
            "String": {"HyperParameters": {"a": value}},
            "Integer": {"StoppingCondition": {"MaxRuntimeInSeconds": value}},
            "Boolean": {"EnableNetworkIsolation": value},
        }
        return with_arguments(training("S"), **changes[kind])

    for name in fits:
        assert parsed(step(get("Parameters.P")), parameters=[parameter("P", name)])
    for name in does_not:
        said = refusal(step(get("Parameters.P")), parameters=[parameter("P", name)])
        assert f"Cannot assign property reference [Parameters.P] to argument of type [{kind}]." in said
    constants = {"String": "a", "Integer": 1, "Float": 1.5, "Boolean": True}
    for name, value in constants.items():
        if name != kind:
            expected = f"Cannot assign value of type [{name}] to argument of type [{kind}]."
            assert refusal(step(value)).startswith(expected)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("Parameters.P", "There is no such parameter."),
        ("Execution.Nothing", "Invalid property reference 'Execution.Nothing'."),
        ("PipelineExperimentConfig.TrialName", "Invalid property reference"),
        ("Steps.Nobody.ModelArtifacts.S3ModelArtifacts", "There is no such step."),
        ("Steps.First", "Invalid property reference 'Steps.First'."),
        ("Steps.First.Nothing", "A Training step has no such property."),
        ("Steps.First.ModelArtifacts.Nothing", "A Training step has no such property."),
        ("Steps.First.ModelArtifacts[0]", "A Training step has no such property."),
        ("Steps.First.FinalMetricDataList[0].Nothing", "A Training step has no such property."),
        ("Steps.First.SecondaryStatusTransitions['a'].Status", "A Training step has no such property."),
        ("Steps.First.PropertyFiles.F", "A Training step has no such property."),
        ("Steps.First.ModelArtifacts", "Cannot assign property reference"),
        ("Steps.First.ModelArtifacts..X", "Invalid property reference"),
        ("Steps.First.ModelArtifacts['", "Invalid property reference"),
        ("steps.First.TrainingJobName", "Invalid property reference"),
        ("", "Invalid property reference ''."),
    ],
)
def test_references_to_what_is_not_there(path: str, sentence: str) -> None:
    said = refusal(training("First"), training("S", get(path)))
    assert sentence in said
    assert said.endswith("(step S, Arguments.InputDataConfig[0].DataSource.S3DataSource.S3Uri)")


@pytest.mark.parametrize(
    "path",
    [
        "Steps.First.TrainingJobName",
        "Steps.First.ModelArtifacts.S3ModelArtifacts",
        "Steps.First.HyperParameters['eta']",
        "Steps.First.InputDataConfig[0].ChannelName",
        "Steps.First.InputDataConfig['train'].DataSource.S3DataSource.S3Uri",
        "Steps.First.CreationTime",
        "Execution.StartDateTime",
        "Execution.PipelineExecutionId",
    ],
)
def test_references_to_what_is_there(path: str) -> None:
    assert parsed(training("First"), training("S", get(path)))


def test_functions_inside_of_functions() -> None:
    parameters = [parameter("P", "Integer", 1)]
    uri = join("s3://b/", get("Parameters.P"), join("x", get("Steps.First.TrainingJobName"), on="-"))
    definition = parsed(training("First"), training("S", uri), parameters=parameters)
    assert definition.by_name["S"].depends_on == {"First"}
    assert "There is no such parameter." in refusal(training("S", join(get("Parameters.P"))))
    assert "A value of type List cannot be joined." in refusal(training("S", join(["a"])))
    assert "unknown property 'By'" in refusal(training("S", {"Std:Join": {"By": "", "Values": []}}))


def test_what_is_read_from_files() -> None:
    definition = parsed(processing("Split"), training("S", from_file("Split", "Report", "a['b c'][0].d")))
    assert definition.by_name["S"].depends_on == {"Split"}
    for path in ("", "a..b", "a[b]", "a[", ".a", "a]", "x" * 3000):
        assert "Invalid path" in refusal(
            processing("Split"), training("S", from_file("Split", "Report", path))
        )
    nothing = training("S", from_file("Split", "Other", "a"))
    assert "There is no such property file." in refusal(processing("Split"), nothing)
    both = {"PropertyFile": get("Steps.Split.PropertyFiles.Report"), "S3Uri": "s3://b/x", "Path": "a"}
    assert "Exactly one of" in refusal(processing("Split"), training("S", {"Std:JsonGet": both}))
    parameters = [parameter("P", "Integer", 1)]
    number = {"Std:JsonGet": {"S3Uri": get("Parameters.P"), "Path": "a"}}
    assert "S3Uri of a JsonGet must be a String" in refusal(training("S", number), parameters=parameters)


def test_a_property_file_in_an_output_that_is_not_there() -> None:
    file = {"PropertyFileName": "F", "OutputName": "none", "FilePath": "f.json"}
    assert refusal(processing("S", PropertyFiles=[file])) == (
        "There is no output 'none' for property file 'F'. (step S, PropertyFiles)"
    )
    twice = [{**file, "OutputName": "out"}] * 2
    assert "Duplicate property file 'F'." in refusal(processing("S", PropertyFiles=twice))


def test_lineage() -> None:
    artifact = {"ArtifactName": "a", "ArtifactType": "T", "Source": {"SourceUri": "s3://b/x"}}
    ends = {"Source": {"Name": "a", "Type": "Artifact"}, "Destination": {"Arn": "arn:aws:sagemaker:x"}}
    arguments = {"Artifacts": [artifact], "Associations": [{**ends, "AssociationType": "Produced"}]}
    step = {"Name": "L", "Type": "Lineage", "Arguments": arguments}
    user = training("S", get("Steps.L.ArtifactArns['a']"))
    assert parsed(step, user).by_name["S"].depends_on == {"L"}
    assert "no such property" in refusal(step, training("S", get("Steps.L.ArtifactArns['a'].x")))
    wrong = {**step, "Arguments": {"Artifacts": [{"Name": "a"}]}}
    assert refusal(wrong) == "Unknown Argument member 'Name'. (step L, Arguments.Artifacts[0])"
    wrong = {**step, "Arguments": {"Associations": [{**ends, "Source": {"Name": "a"}}]}}
    assert refusal(wrong).startswith("It must have either Arn, or Name and Type.")
