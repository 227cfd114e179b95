"""Step caching (https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.services.sagemaker.pipelines.executions import cache
from tests.services.sagemaker.pipeline_bench import Bench, get, training

DAY = 86_400
CACHED = {"CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"}}
PARAMETERS: dict[str, Any] = {"Parameters": [{"Name": "Rounds", "Type": "String", "DefaultValue": "3"}]}


def rounds(bench: Bench, **members: Any) -> dict[str, Any]:
    return training(
        "Train", bench.role, Arguments={"HyperParameters": {"n": get("Parameters.Rounds")}}, **members
    )


@pytest.fixture
def first(bench: Bench) -> str:
    """An execution whose step may be used again."""
    arn = bench.start(rounds(bench, **CACHED), members=PARAMETERS)
    bench.turn()
    bench.end("Train")
    assert bench.status(arn) == "Succeeded"
    return arn


def test_a_later_execution_takes_the_results(bench: Bench, first: str) -> None:
    second = bench.start()
    bench.turn()
    step = bench.steps(second)["Train"]
    assert (step["StepStatus"], step["CacheHitResult"]) == (
        "Succeeded",
        {"SourcePipelineExecutionArn": first},
    )
    assert step["Metadata"] == bench.steps(first)["Train"]["Metadata"]
    assert bench.status(second) == "Succeeded"
    third = bench.start()
    bench.turn()
    assert bench.steps(third)["Train"]["CacheHitResult"] == {"SourcePipelineExecutionArn": first}
    assert len(bench.sm.list_training_jobs()["TrainingJobSummaries"]) == 1


def test_not_with_other_attributes(bench: Bench, first: str) -> None:
    arn = bench.start(given={"Rounds": "4"})
    bench.turn()
    assert bench.statuses(arn) == {"Train": "Executing"}


def test_not_when_it_is_too_old(bench: Bench, first: str, move: Callable[[float], None]) -> None:
    move(DAY + 60)
    arn = bench.start()
    bench.turn()
    assert bench.statuses(arn) == {"Train": "Executing"}


def test_not_when_its_job_was_deleted(bench: Bench, first: str) -> None:
    job = bench.steps(first)["Train"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    bench.sm.delete_training_job(TrainingJobName=job)
    arn = bench.start()
    bench.turn()
    assert bench.statuses(arn) == {"Train": "Executing"}


def test_not_of_a_step_that_has_failed(bench: Bench) -> None:
    arn = bench.start(rounds(bench, **CACHED), members=PARAMETERS)
    bench.turn()
    bench.end("Train", code=1)
    assert bench.status(arn) == "Failed"
    arn = bench.start()
    bench.turn()
    assert bench.statuses(arn) == {"Train": "Executing"}


def test_only_where_the_step_says_so(bench: Bench) -> None:
    bench.create(rounds(bench), **PARAMETERS)
    for _ in range(2):
        arn = bench.start()
        bench.turn()
        assert bench.statuses(arn) == {"Train": "Executing"}
        bench.end("Train")


def test_the_attributes_are_those_of_awss_page() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html
    assert set(cache.ATTRIBUTES["Processing"]) == {"AppSpecification", "Environment", "ProcessingInputs"}
    assert "ResourceConfig" not in cache.ATTRIBUTES["Training"]
    assert "OutputDataConfig" not in cache.ATTRIBUTES["Training"]
    assert set(cache.ATTRIBUTES["Transform"]) == {
        "DataProcessing",
        "Environment",
        "ModelName",
        "TransformInput",
    }
