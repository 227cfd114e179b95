"""The training jobs of a tuning job: their names, what they came to, how a list shows them.

A training job that a tuning job made has it as its parent. Its number is in its name, so nothing else says it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clary.plane import Query, Record
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.tuning.definitions import Definition
from clary.store.api import Condition, Tx

KIND = sagemaker.kind("TrainingJob")
FINAL = ("Completed", "Failed", "Stopped")
_AT_ONCE = 500


def name_of(tuner: Record, number: int, suffix: str) -> str:
    """Return `<tuning job>-NNN-<suffix>`; numbers count from 1."""
    return f"{tuner.id}-{number:03d}-{suffix}"


def number_in(name: str) -> int:
    """Return the number in a training job's name."""
    return int(name.rsplit("-", 2)[1])


def where(tuner: Record) -> list[Condition]:
    """Return the conditions that the training jobs of a tuning job meet. One of the same name, which was deleted, may have
    left jobs behind."""
    return [("parent", "=", tuner.arn), ("created", ">=", tuner.created)]


def of(tx: Tx, tuner: Record) -> list[Record]:
    """Return all training jobs of a tuning job, in the order of their numbers."""
    found: list[Record] = []
    after = None
    while True:
        page = tx.list(KIND, tuner.scope, Query(where(tuner), "created", after=after, limit=_AT_ONCE))
        found += page
        if len(page) < _AT_ONCE:
            return sorted(found, key=lambda child: number_in(child.id))
        after = (page[-1].created, page[-1].id)


def named(tx: Tx, tuner: Record, names: Sequence[str]) -> dict[str, Record | None]:
    """Return training jobs by name; None for one that was deleted."""
    found = {name: tx.get(KIND, tuner.scope, name) for name in names}
    return {name: child if child and child.parent == tuner.arn else None for name, child in found.items()}


def value_of(child: Record, definition: Definition) -> float | None:
    """Return the last value of the objective metric, if there is one."""
    found = child.private.get("metrics", {}).get(definition.metric)
    return found["Value"] if found else None


def result_of(child: Record, definition: Definition) -> float | None:
    """Return the value that a training job is judged by; None where it has failed, goes on or has no value."""
    return value_of(child, definition) if child.status in ("Completed", "Stopped") else None


def curve_of(child: Record) -> list[float]:
    """Return the values of the objective metric so far, if they are kept."""
    return child.private.get("series", [])


def summary(child: Record, definition: Definition) -> dict[str, Any]:
    """Return the HyperParameterTrainingJobSummary of a training job."""
    shown = {
        "TrainingJobName": child.id,
        "TrainingJobArn": child.arn,
        "CreationTime": child.created,
        "TrainingJobStatus": child.status,
        "TunedHyperParameters": definition.tuned(child.spec.get("HyperParameters", {})),
        "ObjectiveStatus": objective_status(child, definition),
    }
    optional = {
        "TrainingJobDefinitionName": definition.name,
        "TrainingStartTime": child.observed.get("TrainingStartTime"),
        "TrainingEndTime": child.observed.get("TrainingEndTime"),
        "FailureReason": child.observed.get("FailureReason"),
        "FinalHyperParameterTuningJobObjectiveMetric": objective(child, definition),
    }
    return shown | {name: value for name, value in optional.items() if value}


def objective_status(child: Record, definition: Definition) -> str:
    """Return ObjectiveStatus."""
    if child.status not in FINAL:
        return "Pending"
    return "Failed" if result_of(child, definition) is None else "Succeeded"


def objective(child: Record, definition: Definition) -> dict[str, Any] | None:
    """Return FinalHyperParameterTuningJobObjectiveMetric, "the latest objective metric emitted", if there is one."""
    value = value_of(child, definition)
    if value is None:
        return None
    return {"Type": definition.objective["Type"], "MetricName": definition.metric, "Value": value}
