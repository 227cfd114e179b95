"""`clary pipeline show`: print the graph of a pipeline with what became of its steps, or write it as a picture."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clary.cli.aws import connect, one_line
from clary.cli.environment import add_identity_options
from clary.cli.errors import CliError
from clary.cli.pipelines.graph import Graph, Node, read
from clary.cli.pipelines.rails import NODE, rails
from clary.cli.pipelines.states import MARKS, State, duration, moment, states_of
from clary.cli.screen import Screen


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    family = commands.add_parser("pipeline", help="show the graph of a SageMaker pipeline")
    inner = family.add_subparsers(required=True, metavar="COMMAND")
    show = inner.add_parser("show", help="print the steps of a pipeline and what became of them")
    show.add_argument("name", metavar="NAME", help="the pipeline's name")
    show.add_argument("--execution", metavar="ID", help="an execution's id or ARN (default: the newest)")
    show.add_argument("--svg", type=Path, metavar="FILE", help="write the graph as a picture")
    add_identity_options(show)
    show.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Print the graph, or write the picture."""
    (sagemaker,) = connect(args, "sagemaker")
    with one_line():
        found = _load(sagemaker, args.name, args.execution)
    if args.svg is None:
        _print(found, Screen())
        return 0
    from clary.cli.pipelines.drawing import draw

    picture = draw(found.title, found.lines, found.graph, found.states)
    try:
        args.svg.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise CliError(f"{args.svg} cannot be written: {error.strerror}") from None
    print(args.svg)
    return 0


@dataclass(frozen=True, slots=True)
class Shown:
    """A pipeline as it is shown: its steps, and their states in one execution, {} where there was none."""

    title: str
    lines: tuple[str, ...]
    graph: Graph
    states: Mapping[str, State]


# what the platform says ------------------------------------------------------------------------------------------


def _load(sagemaker: Any, name: str, execution: str | None) -> Shown:
    """Return a pipeline in an execution."""
    pipeline = sagemaker.describe_pipeline(PipelineName=name)
    arn = _execution(sagemaker, pipeline["PipelineArn"], execution)
    if arn is not None:
        return _executed(sagemaker, name, arn)
    graph = read(pipeline["PipelineDefinition"])
    return Shown(name, (f"{_steps(graph)} · not run yet",), graph, {})


def _execution(sagemaker: Any, pipeline: str, wanted: str | None) -> str | None:
    """Return the ARN of an execution, the newest by default, None where there is none."""
    if wanted:
        return wanted if wanted.startswith("arn:") else f"{pipeline}/execution/{wanted}"
    found = sagemaker.list_pipeline_executions(PipelineName=pipeline, MaxResults=1)
    newest = found["PipelineExecutionSummaries"]
    return newest[0]["PipelineExecutionArn"] if newest else None


def _executed(sagemaker: Any, name: str, arn: str) -> Shown:
    about = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    text = sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=arn)
    steps = [step for page in pages for step in page["PipelineExecutionSteps"]]
    graph = read(text["PipelineDefinition"])
    return Shown(name, tuple(_about(about, graph)), graph, states_of(steps))


def _about(execution: Mapping[str, Any], graph: Graph) -> list[str]:
    """Return the lines above the graph."""
    id = execution["PipelineExecutionArn"].rpartition("/")[2]
    name = execution.get("PipelineExecutionDisplayName")
    status = execution["PipelineExecutionStatus"]
    first = " · ".join(part for part in (f"execution {id}", name if name != id else "", status) if part)
    took = execution["LastModifiedTime"] - execution["CreationTime"]
    second = f"{_steps(graph)} · {moment(execution['CreationTime'])} · {duration(took.total_seconds())}"
    return [first, second]


def _steps(graph: Graph) -> str:
    return f"{len(graph)} step{'' if len(graph) == 1 else 's'}"


# on the terminal -------------------------------------------------------------------------------------------------


def _print(found: Shown, screen: Screen) -> None:
    screen.line(screen.paint(found.title, "bold"))
    for line in found.lines:
        screen.line(screen.paint(line, "dim"))
    screen.line()
    drawn = list(rails(found.graph))
    broad = max((len(line) for _, line in drawn), default=0)
    long = max((len(name) for name in found.graph), default=0)
    for name, line in drawn:
        state = found.states.get(name, State())
        mark, colour = MARKS.get(state.status, MARKS[""])
        before, _, behind = line.ljust(broad).partition(NODE)
        track = screen.paint(before, "dim") + screen.paint(mark, colour) + screen.paint(behind, "dim")
        screen.line(f"  {track}  {_words(found.graph[name], state, screen, long)}".rstrip())


def _words(node: Node, state: State, screen: Screen, long: int) -> str:
    """Return what stands beside the rails: name, type, time, and what is to be noted."""
    branch = f"if {node.condition} is {'true' if node.taken else 'false'}" if node.condition else ""
    notes = [note for note in (branch, state.note) if note]
    cells = [node.name.ljust(long), node.type.ljust(14), duration(state.seconds).rjust(10), "; ".join(notes)]
    text = "  ".join(cells).rstrip()
    return text if state.status else screen.paint(text, "dim")
