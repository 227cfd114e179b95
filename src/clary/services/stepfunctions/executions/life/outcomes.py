"""Takes what became of tasks: calls that were answered, reports with a token, children that have ended, time that is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import orjson

from clary.services.stepfunctions.executions.runs import Task
from clary.services.stepfunctions.integrations.calls import Outcome
from clary.services.stepfunctions.interpreter import map_runs, tasks
from clary.services.stepfunctions.interpreter.data import Data
from clary.services.stepfunctions.interpreter.engine import Engine
from clary.services.stepfunctions.interpreter.run import Frame

Look = Callable[[Frame], Outcome | None]
"""Tells the outcome of a frame's task, if there is one."""


def take(engine: Engine, answered: Look, reported: Mapping[str, Task], ended: Look) -> bool:
    """Take what became of all tasks; return whether anything did."""
    taken = False
    for frame in list(engine.run.frames.values()):
        if engine.run.end is None and frame.id in engine.run.frames and frame.phase == "task":
            taken = _take(engine, frame, answered, reported, ended) or taken
    return taken


def _take(engine: Engine, frame: Frame, answered: Look, reported: Mapping[str, Task], ended: Look) -> bool:
    task = frame.task or {}
    if task["stage"] == "calling":
        outcome = answered(frame)
        return _answered(engine, frame, outcome) if outcome is not None else _is_over(engine, frame, None)
    if task["stage"] != "waiting":
        return False
    report = reported.get(task.get("token") or "")
    if report is not None and _reported(engine, frame, report):
        return True
    outcome = ended(frame) if "child" in task or task["family"] == map_runs.RUN else None
    if outcome is not None and not outcome.unfinished:
        finish(engine, frame, outcome)
        return True
    return _is_over(engine, frame, report)


def at_of(engine: Engine, frame: Frame) -> Data:
    """Return a frame's state at work."""
    return Data(engine.run, engine.facts, frame, engine.definition.state(frame.container, frame.state))


def _answered(engine: Engine, frame: Frame, outcome: Outcome) -> bool:
    """Take the answer of a call: the task is done, or goes on elsewhere."""
    task = frame.task or {}
    if outcome.failed or not task["pattern"]:
        finish(engine, frame, outcome, is_submitting=bool(task["pattern"]))
        return True
    if outcome.child is not None:
        task["child"] = outcome.child
    tasks.submitted(engine, frame, outcome.output)
    return True


def finish(engine: Engine, frame: Frame, outcome: Outcome, is_submitting: bool = False) -> None:
    """End a task."""
    at, task = at_of(engine, frame), frame.task or {}
    task.pop("child", None)
    task["stage"] = "over"
    if task["family"] == map_runs.RUN:
        if outcome.failed:
            map_runs.failed(engine, at, outcome.error, outcome.cause)
        else:
            map_runs.succeeded(engine, at, outcome.output)
    elif outcome.failed:
        tasks.failed(engine, at, outcome.error, outcome.cause, is_submitting)
    else:
        tasks.succeeded(engine, at, outcome.output)


def _reported(engine: Engine, frame: Frame, report: Task) -> bool:
    """Take what a worker has told: that it has the task, or how it ended."""
    task = frame.task or {}
    moved = False
    if task["family"] == "activity" and report.status != "scheduled" and not task.get("begun"):
        tasks.started(engine, frame, report.worker)
        moved = True
    if report.status in ("succeeded", "failed"):
        said = orjson.loads(report.outcome or "{}")
        finish(
            engine,
            frame,
            Outcome(said.get("output"), said.get("error"), said.get("cause"), report.status == "failed"),
        )
        moved = True
    return moved


def _is_over(engine: Engine, frame: Frame, report: Task | None) -> bool:
    """End a task whose time is over, or that gave no sign of life for too long."""
    task, now = frame.task or {}, engine.outside.now()
    beat = task.get("beat_deadline")
    if beat is not None and report is not None and report.beat is not None:
        beat = task["beat_deadline"] = max(beat, report.beat + task["beat"])
    if not any(moment is not None and moment <= now for moment in (task.get("deadline"), beat)):
        return False
    tasks.timed_out(engine, at_of(engine, frame))
    return True
