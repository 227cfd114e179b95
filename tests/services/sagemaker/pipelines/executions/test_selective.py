"""Selective execution (https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-selective-ex.html)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.sagemaker.pipelines.executions.bench import Bench, fail, get, processing, training

OUTPUT = get("Steps.Split.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri")


def config(*names: str, source: str | None = None) -> dict[str, Any]:
    chosen = {"SelectedSteps": [{"StepName": name} for name in names]}
    return {"SelectiveExecutionConfig": chosen | ({"SourcePipelineExecutionArn": source} if source else {})}


@pytest.fixture
def source(bench: Bench) -> str:
    """An execution of three steps, the last of which has failed."""
    arn = bench.start(
        processing("Split", bench.role),
        training("Train", bench.role, OUTPUT),
        training("Again", bench.role, DependsOn=["Train"]),
        fail("Stop", DependsOn=["Again"]),
    )
    bench.turn()
    for name in ("Split", "Train", "Again"):
        bench.end(name)
    assert bench.status(arn) == "Failed"
    return arn


def test_what_is_not_selected_is_taken_from_the_source(bench: Bench, source: str) -> None:
    arn = bench.start(**config("Train", source=source))
    bench.turn()
    steps = bench.steps(arn)
    assert {name: one["StepStatus"] for name, one in steps.items()} == {
        "Split": "Succeeded",
        "Train": "Executing",
    }
    assert steps["Split"]["SelectiveExecutionResult"] == {"SourcePipelineExecutionArn": source}
    assert steps["Split"]["Metadata"] == bench.steps(source)["Split"]["Metadata"]
    bench.end("Train")
    assert bench.status(arn) == "Succeeded"
    assert set(bench.statuses(arn)) == {"Split", "Train"}
    shown = bench.sm.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert shown["SelectiveExecutionConfig"]["SelectedSteps"] == [{"StepName": "Train"}]


def test_a_source_of_a_source_is_named(bench: Bench, source: str) -> None:
    second = bench.start(**config("Train", source=source))
    bench.turn()
    bench.end("Train")
    third = bench.start(**config("Train", source=second))
    bench.turn()
    assert bench.steps(third)["Split"]["SelectiveExecutionResult"] == {"SourcePipelineExecutionArn": source}


def test_steps_without_dependencies_need_no_source(bench: Bench, source: str) -> None:
    arn = bench.start(**config("Split"))
    bench.turn()
    assert bench.statuses(arn) == {"Split": "Executing"}


@pytest.mark.parametrize(
    ("names", "with_source", "said"),
    [
        # the sentence is from https://github.com/aws/sagemaker-python-sdk/issues/4444
        (
            ["Train"],
            False,
            r"Invalid SourcePipelineExecutionArn: null\. The selected steps \[Train\] have dependencies on \[Split\]",
        ),
        (["Nobody"], True, "there is no step Nobody"),
        (["Split", "Again"], True, "Train is not"),
    ],
)
def test_what_is_refused(bench: Bench, source: str, names: list[str], with_source: bool, said: str) -> None:
    with pytest.raises(ClientError, match=said):
        bench.start(**config(*names, source=source if with_source else None))


def test_a_job_of_the_source_that_was_deleted_is_named(bench: Bench, source: str) -> None:
    made = bench.steps(source)["Split"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    bench.sm.delete_processing_job(ProcessingJobName=made)
    arn = bench.start(**config("Train", source=source))
    bench.turn()
    reason = bench.steps(arn)["Train"]["FailureReason"]
    assert reason.startswith(f"ClientError: The results of step Split ({made}) cannot be read: ")


def test_a_source_of_another_pipeline_is_refused(bench: Bench, source: str) -> None:
    bench.create(processing("Split", bench.role), training("Train", bench.role, OUTPUT), name="other")
    with pytest.raises(ClientError, match="is no execution of this pipeline"):
        bench.start(name="other", **config("Train", source=source))


def test_a_step_that_has_not_succeeded_in_the_source(bench: Bench) -> None:
    bench.create(processing("Split", bench.role), training("Train", bench.role, OUTPUT))
    arn = bench.start()
    bench.turn()
    with pytest.raises(ClientError, match="has the status Executing"):
        bench.start(**config("Train", source=arn))
    bench.end("Split", code=1)
    with pytest.raises(ClientError, match="Step Split has not succeeded in it"):
        bench.start(**config("Train", source=arn))
