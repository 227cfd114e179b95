"""The page about an execution of a pipeline. Shapes: AWS's model."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clary.cli.main import main
from clary.cli.pipelines.graph import read
from clary.cli.report import command
from clary.cli.report.pipeline import Execution, rendered
from tests.cli.report.conftest import Platform, parsed, words

Write = Callable[[str], str]
BEGUN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
PIPELINE = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn"
ARN = f"{PIPELINE}/execution/abcdef123456"
JOB = "arn:aws:sagemaker:us-east-1:111122223333:training-job/pipelines-abc-Train-1"
DEFINITION = json.dumps(
    {
        "Steps": [
            {"Name": "Prepare", "Type": "Processing", "Arguments": {}},
            {"Name": "Train", "Type": "Training", "DependsOn": ["Prepare"], "Arguments": {}},
            {"Name": "Register", "Type": "RegisterModel", "DependsOn": ["Train"], "Arguments": {}},
        ]
    }
)


def step(name: str, status: str, begin: float, end: float | None, **more: Any) -> dict[str, Any]:
    times = {"StartTime": BEGUN + timedelta(seconds=begin)}
    times |= {} if end is None else {"EndTime": BEGUN + timedelta(seconds=end)}
    return {"StepName": name, "StepStatus": status, "Metadata": {}, **times, **more}


STEPS = [
    step(
        "Prepare",
        "Succeeded",
        0,
        1,
        CacheHitResult={"SourcePipelineExecutionArn": f"{PIPELINE}/execution/old"},
    ),
    step(
        "Train",
        "Failed",
        1,
        21,
        FailureReason="exit 1",
        AttemptCount=3,
        Metadata={"TrainingJob": {"Arn": JOB}},
    ),
]
ABOUT = {
    "PipelineArn": PIPELINE,
    "PipelineExecutionArn": ARN,
    "PipelineExecutionDisplayName": "nightly",
    "PipelineExecutionStatus": "Failed",
    "FailureReason": "Step failure: one or more steps failed.",
    "CreationTime": BEGUN,
    "LastModifiedTime": BEGUN + timedelta(seconds=22),
}


@pytest.fixture
def executed(platform: Platform) -> Platform:
    platform.answers |= {
        "DescribePipeline": {"PipelineArn": PIPELINE, "PipelineName": "churn"},
        "ListPipelineExecutions": {"PipelineExecutionSummaries": [{"PipelineExecutionArn": ARN}]},
        "DescribePipelineExecution": ABOUT,
        "DescribePipelineDefinitionForExecution": {"PipelineDefinition": DEFINITION},
        "ListPipelineExecutionSteps": {"PipelineExecutionSteps": STEPS},
        "ListPipelineParametersForExecution": {"PipelineParameters": [{"Name": "Rounds", "Value": "7"}]},
    }
    return platform


def test_a_pipeline_by_name_and_an_execution_by_arn(executed: Platform, write: Write) -> None:
    for name in ("churn", PIPELINE, ARN):
        said = words(write(name))
        assert "execution abcdef123456 · nightly" in said
        assert "Failed: Step failure: one or more steps failed." in said
        assert "Step Train: exit 1" in said
        assert "Rounds 7" in said
        assert "Succeeded 1 1 from the cache" in said
        assert "Train Failed 20 s 3 attempts" in said


def test_bars_lie_where_the_times_say(executed: Platform, write: Write) -> None:
    """By hand: 21 seconds from x 196 to 936, less 1.5 between bars."""
    bars = re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="16.0"', write("churn"))
    assert [(float(x), float(width)) for x, width in bars] == [
        (196.0, pytest.approx(740 / 21 - 1.5, abs=0.1)),
        (pytest.approx(196 + 740 / 21, abs=0.1), pytest.approx(740 * 20 / 21 - 1.5, abs=0.1)),
    ]


def test_the_graph_is_that_of_pipeline_show(executed: Platform, write: Write) -> None:
    graph = parsed(write("churn")).find(".//{http://www.w3.org/2000/svg}svg")
    assert graph is not None
    assert graph.get("class") == "graph bare"
    said = " ".join(" ".join(graph.itertext()).split())
    assert "Register RegisterModel" in said


def test_a_job_has_a_link_to_its_report(executed: Platform, write: Write) -> None:
    (link,) = parsed(write("churn")).iter("a")
    assert link.get("href") == "report-training-job-pipelines-abc-Train-1.html"
    assert "".join(link.itertext()) == "pipelines-abc-Train-1"


def test_a_pipeline_without_executions(
    executed: Platform, running: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "connect", lambda args, *services: executed.made)
    executed.answers["ListPipelineExecutions"] = {"PipelineExecutionSummaries": []}
    assert main(["report", "churn", "--home", str(running.path)]) == 1
    assert capsys.readouterr().err == "clary: the pipeline churn has not been executed\n"


def test_an_execution_that_has_just_begun() -> None:
    about = {key: value for key, value in ABOUT.items() if key != "FailureReason"}
    about |= {"PipelineExecutionStatus": "Executing", "LastModifiedTime": BEGUN}
    assert "0 began" in words(rendered(Execution(about, [], [], read(DEFINITION))))
    running = rendered(Execution(about, [step("Prepare", "Executing", 0, None)], [], read(DEFINITION)))
    assert "Executing" in words(running)


def test_hours_have_their_own_axis() -> None:
    html = rendered(Execution(ABOUT, [step("Prepare", "Succeeded", 0, 4 * 3600)], [], read(DEFINITION)))
    assert ">4 h</text>" in html


EVIL = "\"><script>alert('x')</script>&'"


def test_every_text_is_escaped() -> None:
    steps = [step(EVIL, "Failed", 0, 1, FailureReason=EVIL, Metadata={"TrainingJob": {"Arn": JOB + EVIL}})]
    about = ABOUT | {"PipelineExecutionDisplayName": EVIL, "FailureReason": EVIL}
    graph = read(json.dumps({"Steps": [{"Name": EVIL, "Type": EVIL, "Arguments": {}}]}))
    html = rendered(Execution(about, steps, [{"Name": EVIL, "Value": EVIL}], graph))
    assert EVIL in words(html)  # and it parses
