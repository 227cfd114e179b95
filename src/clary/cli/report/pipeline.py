"""The page about an execution of a pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from clary.cli.drawing.numbers import number
from clary.cli.drawing.page import Cell, Markup, card, code, facts, page, section, table, tile, tiles
from clary.cli.drawing.timeline import Lane, Span, timeline
from clary.cli.errors import CliError
from clary.cli.pipelines.drawing import draw
from clary.cli.pipelines.graph import Graph, read
from clary.cli.pipelines.states import states_of
from clary.cli.report.clients import Clients, Document
from clary.cli.report.files import file_name
from clary.cli.report.footer import footer
from clary.cli.report.subject import KINDS, Subject
from clary.cli.report.words import at, failure, joined, status, took

_MOST_STEPS = 1000
_MOST_DRAWN = 150
_BAD = ("Failed", "Stopped")


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution: what Describe says of it, its steps, its parameters and the graph of its definition."""

    about: Document
    steps: Sequence[Document]
    parameters: Sequence[Document]
    graph: Graph


def written(clients: Clients, subject: Subject) -> str:
    """Return the page about the newest execution of a pipeline. Raise CliError where there is none."""
    asked = {"PipelineName": subject.about["PipelineName"], "MaxResults": 1}
    found = clients.sagemaker.list_pipeline_executions(**asked)["PipelineExecutionSummaries"]
    if not found:
        raise CliError(f"the pipeline {subject.name} has not been executed")
    arn = found[0]["PipelineExecutionArn"]
    return written_of_execution(clients, Subject("", arn, _described(clients, arn)))


def _described(clients: Clients, arn: str) -> Document:
    return clients.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)


def written_of_execution(clients: Clients, subject: Subject) -> str:
    """Return the page about an execution."""
    asked = {"PipelineExecutionArn": subject.name}
    text = clients.sagemaker.describe_pipeline_definition_for_execution(**asked)["PipelineDefinition"]
    steps = clients.listed(
        "list_pipeline_execution_steps", "PipelineExecutionSteps", _MOST_STEPS, SortOrder="Ascending", **asked
    )
    given = clients.listed(
        "list_pipeline_parameters_for_execution", "PipelineParameters", _MOST_STEPS, **asked
    )
    return rendered(Execution(subject.about, steps, given, read(text)))


def rendered(found: Execution) -> str:
    """Return the page about an execution."""
    about = found.about
    arn = about["PipelineExecutionArn"]
    id = arn.rpartition("/")[2]
    name = about.get("PipelineExecutionDisplayName", "")
    lede = joined(
        status(about["PipelineExecutionStatus"]),
        f"execution {id}",
        name if name != id else "",
        at(about["CreationTime"]),
    )
    sections = (
        failure(about.get("FailureReason"), about["PipelineExecutionStatus"]),
        *_failures(found.steps),
        _headline(found),
        _graph(found),
        _times(found.steps),
        _steps(found.steps),
        _parameters(found.parameters),
        section("About it", "As the platform describes it.", facts(_facts(about))),
    )
    return page(arn.split("/")[1], "Pipeline execution", lede, sections, footer())


def _headline(found: Execution) -> str:
    """Return the figures on top."""
    about, ended = found.about, [one for one in found.steps if one.get("StepStatus") == "Succeeded"]
    failed = sum(one.get("StepStatus") == "Failed" for one in found.steps)
    cached = sum("CacheHitResult" in one for one in found.steps)
    span = took(about["CreationTime"], about["LastModifiedTime"])
    return tiles(
        [
            tile("Steps", number(len(found.graph)), f"{number(len(found.steps))} began"),
            tile("Succeeded", number(len(ended)), f"{number(cached)} from the cache" if cached else ""),
            tile("Failed", number(failed), ""),
            tile("Took", span, "from its start to its last change"),
        ]
    )


def _graph(found: Execution) -> str:
    if not found.graph or len(found.graph) > _MOST_DRAWN:
        return ""
    picture = draw("", (), found.graph, states_of(found.steps))
    lede = "An arrow leads from a step to one that waits for it. What is dashed was not executed."
    return section("Steps and what became of them", lede, card(picture, "scroll"))


# times -----------------------------------------------------------------------------------------------------------


def _times(steps: Sequence[Document]) -> str:
    begun = [one for one in steps if one.get("StartTime")]
    if not begun:
        return ""
    first = min(one["StartTime"] for one in begun)
    last = max(one.get("EndTime") or one["StartTime"] for one in begun)
    ordered = sorted(begun, key=lambda one: one["StartTime"])[:_MOST_DRAWN]
    chart = timeline([_lane(one, first, last) for one in ordered])
    lede = (
        "A bar lasts from the beginning of a step to its end; one that has not ended, to the last known time."
    )
    return section("When each step was executed", lede, card(chart, "scroll wide"))


def _lane(step: Document, first: datetime, last: datetime) -> Lane:
    begun, ended = step["StartTime"], step.get("EndTime") or last
    span = Span(step["StepName"], (begun - first).total_seconds(), (ended - first).total_seconds())
    word = step.get("StepStatus", "")
    note = " · ".join(part for part in ("" if word == "Succeeded" else word, _note(step)) if part)
    return Lane(step["StepName"], (span,), note, word in _BAD)


def _note(step: Document) -> str:
    """Return what is to be said of a step beside its status: the cache, attempts, the outcome of a condition."""
    condition = step.get("Metadata", {}).get("Condition", {}).get("Outcome", "")
    attempts = step.get("AttemptCount", 0)
    return " · ".join(
        part
        for part in (
            "from the cache" if "CacheHitResult" in step else "",
            f"{attempts} attempts" if attempts > 1 else "",
            f"outcome {condition.lower()}" if condition else "",
        )
        if part
    )


# words -----------------------------------------------------------------------------------------------------------


def _failures(steps: Sequence[Document]) -> Iterator[str]:
    for step in steps:
        reason = step.get("FailureReason") or step.get("Metadata", {}).get("Fail", {}).get("ErrorMessage")
        if reason:
            yield failure(reason, f"Step {step['StepName']}")


def _steps(steps: Sequence[Document]) -> str:
    if not steps:
        return ""
    rows: list[list[Cell]] = [
        [
            step["StepName"],
            status(step.get("StepStatus", "")),
            took(step.get("StartTime"), step.get("EndTime")),
            _note(step),
            Markup(", ".join(_made(step.get("Metadata", {})))),
        ]
        for step in sorted(steps, key=lambda one: one["StartTime"].timestamp() if one.get("StartTime") else 0)
    ]
    lede = "A link opens the report that clary report writes for the job's ARN, where it was written beside this page."
    return section("The steps", lede, table(["Step", "Status", "Took", "Note", "Made"], rows))


def _made(metadata: Mapping[str, Document]) -> Iterator[str]:
    """Yield what a step has made, with a link where there can be a report of it."""
    for found in metadata.values():
        arn = found.get("Arn") or found.get("CheckJobArn") if isinstance(found, dict) else None
        if not arn:
            continue
        kind, _, name = arn.split(":", 5)[-1].partition("/")
        link = f'<a href="{escape(file_name(arn))}">{code(name)}</a>'
        yield link if kind in KINDS else code(name)


def _parameters(found: Sequence[Document]) -> str:
    rows = [(one["Name"], one.get("Value", "")[:2000]) for one in found]
    return section("Parameters", "As this execution had them.", facts(rows)) if rows else ""


def _facts(about: Document) -> list[tuple[str, Cell]]:
    experiment = about.get("PipelineExperimentConfig", {})
    return [
        ("ARN", code(about["PipelineExecutionArn"])),
        ("Description", about.get("PipelineExecutionDescription")),
        ("Version of the pipeline", about.get("PipelineVersionId")),
        ("Experiment", experiment.get("ExperimentName")),
        ("Trial", experiment.get("TrialName")),
        ("Steps at once", about.get("ParallelismConfiguration", {}).get("MaxParallelExecutionSteps")),
        ("Began", at(about["CreationTime"])),
        ("Last change", at(about["LastModifiedTime"])),
    ]
