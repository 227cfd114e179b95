"""What became of the steps in one execution, in words, marks and colours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# The statuses of steps in AWS's model, and the mark and colour (of Screen) of each; "" where a step has not begun.
MARKS: Mapping[str, tuple[str, str]] = {
    "Succeeded": ("✔", "green"),
    "Failed": ("✖", "red"),
    "Executing": ("▶", "cyan"),
    "Starting": ("▶", "cyan"),
    "Stopping": ("■", "yellow"),
    "Stopped": ("■", "yellow"),
    "": ("○", "dim"),
}


@dataclass(frozen=True, slots=True)
class State:
    """A step in an execution. `seconds` is how long it took, None where it has not ended; `note` is one more word: the outcome
    of a condition, a hit of the cache, why it failed."""

    status: str = ""
    seconds: float | None = None
    note: str = ""


def states_of(steps: Iterable[Mapping[str, Any]]) -> dict[str, State]:
    """Return the states by step, of ListPipelineExecutionSteps."""
    return {step["StepName"]: _state(step) for step in steps}


def _state(step: Mapping[str, Any]) -> State:
    begun, ended = step.get("StartTime"), step.get("EndTime")
    seconds = (ended - begun).total_seconds() if begun and ended else None
    return State(step.get("StepStatus", ""), seconds, _note(step))


def printable(text: str) -> str:
    """Return a text on one line without control characters: a program's own words must not move a terminal's cursor, and XML
    cannot have them."""
    line = " ".join(text.split())
    return "".join(one if one.isprintable() else "\ufffd" for one in line)


def _note(step: Mapping[str, Any]) -> str:
    metadata = step.get("Metadata", {})
    if reason := step.get("FailureReason"):
        return printable(reason)
    if outcome := metadata.get("Condition", {}).get("Outcome"):
        return outcome.lower()
    if step.get("CacheHitResult"):
        return "cached"
    return printable(metadata.get("Fail", {}).get("ErrorMessage", ""))


def duration(seconds: float | None) -> str:
    """Return a time span for people: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def moment(at: datetime) -> str:
    """Return a time in the machine's zone, to the second."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
