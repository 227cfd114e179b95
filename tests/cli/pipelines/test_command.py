"""`clary pipeline show`: what it asks of the platform, and what it prints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.cli.home import Home
from clary.cli.main import main
from clary.cli.pipelines import command
from clary.cli.pipelines.states import duration, states_of

ARN = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/p"
BEGUN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DEFINITION = json.dumps(
    {
        "Steps": [
            {"Name": "A", "Type": "Training", "Arguments": {}},
            {"Name": "B", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Steps.A.X"}}},
        ]
    }
)
STEPS = [
    {
        "StepName": "A",
        "StepStatus": "Failed",
        "StartTime": BEGUN,
        "EndTime": BEGUN + timedelta(seconds=75),
        "FailureReason": "Client\x1b[2J\nError",
        "Metadata": {},
    }
]


def missing(message: str) -> ClientError:
    return ClientError({"Error": {"Code": "ResourceNotFound", "Message": message}}, "Describe")


class Answers:
    """A SageMaker client with one pipeline, which was executed as often as it is told."""

    def __init__(self, *executions: str) -> None:
        self._executions = executions

    def describe_pipeline(self, PipelineName: str) -> dict[str, Any]:
        if PipelineName != "p":
            raise missing(f"Pipeline '{PipelineName}' does not exist.")
        return {"PipelineArn": ARN, "PipelineDefinition": DEFINITION}

    def list_pipeline_executions(self, PipelineName: str, MaxResults: int) -> dict[str, Any]:
        found = [{"PipelineExecutionArn": f"{PipelineName}/execution/{id}"} for id in self._executions]
        return {"PipelineExecutionSummaries": found[:MaxResults]}

    def describe_pipeline_execution(self, PipelineExecutionArn: str) -> dict[str, Any]:
        if PipelineExecutionArn.rpartition("/")[2] not in self._executions:
            raise missing(f"Pipeline execution {PipelineExecutionArn} does not exist.")
        return {
            "PipelineExecutionArn": PipelineExecutionArn,
            "PipelineExecutionStatus": "Failed",
            "CreationTime": BEGUN,
            "LastModifiedTime": BEGUN + timedelta(seconds=80),
        }

    def describe_pipeline_definition_for_execution(self, PipelineExecutionArn: str) -> dict[str, Any]:
        return {"PipelineDefinition": DEFINITION}

    def get_paginator(self, name: str) -> Answers:
        assert name == "list_pipeline_execution_steps"
        return self

    def paginate(self, PipelineExecutionArn: str) -> Iterator[dict[str, Any]]:
        yield {"PipelineExecutionSteps": STEPS}
        yield {"PipelineExecutionSteps": []}


@pytest.fixture
def show(running: Home, monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(*words: str, executions: tuple[str, ...] = ("new", "old")) -> int:
        monkeypatch.setattr(command, "connect", lambda args, service: [Answers(*executions)])
        return main(["pipeline", "show", *words, "--home", str(running.path)])

    return run


def test_the_newest_execution_is_shown(show: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert show("p") == 0
    title, first, second, _, *lines = capsys.readouterr().out.splitlines()
    assert (title, first) == ("p", "execution new · Failed")
    assert second.startswith("2 steps · 20")
    assert second.endswith(" · 1 min 20 s")
    assert [line.split() for line in lines] == [
        ["✖", "A", "Training", "1", "min", "15", "s", "Client�[2J", "Error"],
        ["○", "B", "Fail"],
    ]


def test_another_execution_by_id_or_arn(show: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for named in ("old", f"{ARN}/execution/old"):
        assert show("p", "--execution", named) == 0
        assert "execution old · Failed" in capsys.readouterr().out
    assert show("p", "--execution", "none") == 1
    assert "execution/none does not exist" in capsys.readouterr().err


def test_a_pipeline_that_was_not_executed(show: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert show("p", executions=()) == 0
    assert "2 steps · not run yet" in capsys.readouterr().out


def test_a_pipeline_that_is_not_there(show: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert show("q") == 1
    assert capsys.readouterr().err == "clary: Pipeline 'q' does not exist.\n"


def test_a_picture_is_written(show: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "p.svg"
    assert show("p", "--svg", str(target)) == 0
    assert capsys.readouterr().out == f"{target}\n"
    assert target.read_text().startswith("<svg ")
    assert show("p", "--svg", str(tmp_path / "none" / "p.svg")) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_platform_that_is_not_up(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pipeline", "show", "p", "--home", str(home.path)]) == 1
    assert "is not running" in capsys.readouterr().err


def test_notes_of_steps() -> None:
    found = states_of(
        [
            {"StepName": "C", "StepStatus": "Succeeded", "Metadata": {"Condition": {"Outcome": "True"}}},
            {
                "StepName": "D",
                "StepStatus": "Succeeded",
                "CacheHitResult": {"SourcePipelineExecutionArn": "x"},
            },
            {"StepName": "F", "StepStatus": "Failed", "Metadata": {"Fail": {"ErrorMessage": "too bad"}}},
        ]
    )
    assert [state.note for state in found.values()] == ["true", "cached", "too bad"]


def test_durations() -> None:
    assert [duration(seconds) for seconds in (None, 0.04, 9.94, 10.2, 59.6, 75, 3599.9, 7260)] == [
        *("", "0.0 s", "9.9 s", "10 s", "1 min 0 s", "1 min 15 s", "1 h 0 min", "2 h 1 min"),
    ]
