"""Values in the places of functions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from clary.kernel import AwsError
from clary.services.sagemaker.pipelines.definition import resolve
from clary.services.sagemaker.pipelines.definition.durations import seconds
from tests.services.sagemaker.pipelines.definition.making import from_file, get, join
from tests.services.sagemaker.pipelines.definition.values import Known

OUTPUTS = [{"OutputName": "train", "S3Output": {"S3Uri": "s3://b/1"}}, {"OutputName": "test"}]
KNOWN = Known(
    parameters={"Count": 3, "Rate": 0.001, "Flag": True, "Name": "n"},
    executions={"PipelineExecutionId": "abcdefghijkl"},
    steps={
        "Split": {"ProcessingOutputConfig": {"Outputs": OUTPUTS}},
        "Train": {"HyperParameters": {"eta": "0.2"}, "TrainingEndTime": datetime(2026, 1, 2, tzinfo=UTC)},
    },
    files={("Split", "Report"): {"a": [{"b c": 1}, {"x": None}]}},
    experiments={"TrialName": "t"},
    objects={"s3://b/abcdefghijkl/r.json": {"Result": [1, 2]}},
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (get("Parameters.Count"), 3),
        (get("Execution.PipelineExecutionId"), "abcdefghijkl"),
        (get("PipelineExperimentConfig.TrialName"), "t"),
        (get("Steps.Split.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"), "s3://b/1"),
        (get('Steps.Split.ProcessingOutputConfig.Outputs["test"].OutputName'), "test"),
        (get("Steps.Split.ProcessingOutputConfig.Outputs[0].OutputName"), "train"),
        (get("Steps.Train.HyperParameters['eta']"), "0.2"),
        (from_file("Split", "Report", "a[0]['b c']"), 1),
        (from_file("Split", "Report", "a[1].x"), None),
        (join("s3://b", get("Execution.PipelineExecutionId"), on="/"), "s3://b/abcdefghijkl"),
        (join("mse above", get("Parameters.Rate"), on=" "), "mse above 0.001"),
        (join(get("Parameters.Flag"), 1, 1.5, join("x", "y", on="-")), "true11.5x-y"),
        (join(get("Steps.Train.TrainingEndTime")), "2026-01-02T00:00:00+00:00"),
        (
            {
                "Std:JsonGet": {
                    "S3Uri": join("s3://b", get("Execution.PipelineExecutionId"), "r.json", on="/"),
                    "Path": "Result[1]",
                }
            },
            2,
        ),
        (
            {"a": [get("Parameters.Count"), {"b": get("Parameters.Name")}], "c": None},
            {"a": [3, {"b": "n"}], "c": None},
        ),
        ({"Get": "Parameters.Count", "Other": 1}, {"Get": "Parameters.Count", "Other": 1}),
    ],
)
def test_what_functions_give(value: Any, expected: Any) -> None:
    assert resolve(value, KNOWN) == expected


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (get("Steps.Train.FailureReason"), "Steps.Train has no value at FailureReason"),
        (
            get("Steps.Split.ProcessingOutputConfig.Outputs['none'].X"),
            "at ProcessingOutputConfig.Outputs.none.X",
        ),
        (get("Steps.Split.ProcessingOutputConfig.Outputs[7].X"), "at ProcessingOutputConfig.Outputs[7].X"),
        (from_file("Split", "Report", "a[0].b"), "Steps.Split.PropertyFiles.Report has no value at a[0].b"),
        (join(get("Steps.Train.HyperParameters")), "A Join can join texts, numbers and booleans only"),
        ({"Std:JsonGet": {"S3Uri": "http://x", "Path": "a"}}, "'http://x' is not an S3 URI"),
    ],
)
def test_what_is_not_there_is_named_with_its_place(value: Any, sentence: str) -> None:
    with pytest.raises(AwsError) as error:
        resolve({"RoleArn": value}, KNOWN, "step Next, Arguments")
    assert sentence in error.value.message
    assert error.value.message.endswith("(step Next, Arguments.RoleArn).")


def test_results_are_not_longer_than_any_request() -> None:
    """A text in S3 that is named many times would otherwise fill the memory."""
    text, read = "x" * 300_000, {"Std:JsonGet": {"S3Uri": "s3://b/k.json", "Path": "t"}}
    known = Known(objects={"s3://b/k.json": {"t": text, "many": [text] * 4}})
    assert len(resolve(join(read), known)) == 300_000
    for value in ([read] * 4, join(*[read] * 3), {"a": [join(read)], "b": [join(read)]}):
        with pytest.raises(AwsError, match="The results of functions have more than 1048576 characters"):
            resolve(value, known)
    with pytest.raises(AwsError, match="more than 1048576"):
        resolve({"Std:JsonGet": {"S3Uri": "s3://b/k.json", "Path": "many"}}, known)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P30D", 30 * 86400),
        ("p30d", 30 * 86400),
        ("P4DT12H", 4.5 * 86400),
        ("T12H", 43200),
        ("PT1M30S", 90),
        ("P1Y2M1W", (365 + 60 + 7) * 86400),
        ("PT0.5H", 1800),
    ],
)
def test_durations(text: str, expected: float) -> None:
    """ISO 8601; `p30d` and `T12H` are the SDK's own examples (sagemaker.workflow.steps.CacheConfig)."""
    assert seconds(text) == expected


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "30", "P1H", "PT1D", "P-1D", "1 day", "P1D1D", "P" + "9" * 30 + "D"]
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        seconds(text)
