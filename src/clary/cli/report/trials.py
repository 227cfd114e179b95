"""The trials of a tuning job, and why it ended: read from what the platform says. Knows no picture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from clary.cli.drawing.numbers import number
from clary.cli.report.clients import Document


@dataclass(frozen=True, slots=True)
class Trial:
    """A training job of a tuning job; `value` is its objective, None where it reported none."""

    job: str
    status: str
    tuned: dict[str, str]
    value: float | None
    begun: datetime | None
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Range:
    """A hyperparameter that is tuned: between two numbers, or one of some words."""

    name: str
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    words: tuple[str, ...] = ()


def trial(summary: Document) -> Trial:
    """Return the trial of a summary of ListTrainingJobsForHyperParameterTuningJob."""
    value = summary.get("FinalHyperParameterTuningJobObjectiveMetric", {}).get("Value")
    return Trial(
        summary["TrainingJobName"],
        summary["TrainingJobStatus"],
        {name: plain(text) for name, text in summary.get("TunedHyperParameters", {}).items()},
        value if value is not None and math.isfinite(value) else None,
        summary.get("TrainingStartTime") or summary.get("CreationTime"),
        summary.get("TrainingEndTime"),
    )


def plain(text: str) -> str:
    """Return a value without the quotes that the SageMaker SDK puts around words."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def objective(tuner: Document) -> tuple[str, bool]:
    """Return the objective's name, and whether less of it is better."""
    found = tuner["HyperParameterTuningJobConfig"].get("HyperParameterTuningJobObjective")
    found = found or next(_definitions(tuner), {}).get("TuningObjective") or {}
    return found.get("MetricName", "objective"), found.get("Type") == "Minimize"


def ranges(tuner: Document) -> dict[str, Range]:
    """Return the tuned hyperparameters by name, of all definitions."""
    found = [tuner["HyperParameterTuningJobConfig"].get("ParameterRanges", {})]
    found += [one.get("HyperParameterRanges", {}) for one in _definitions(tuner)]
    return {one.name: one for given in found for one in _ranges(given)}


def _definitions(tuner: Document) -> Iterator[Document]:
    yield from [tuner["TrainingJobDefinition"]] if "TrainingJobDefinition" in tuner else []
    yield from tuner.get("TrainingJobDefinitions", [])


def _ranges(given: Document) -> Iterator[Range]:
    for kind in ("ContinuousParameterRanges", "IntegerParameterRanges"):
        for one in given.get(kind, []):
            log = one.get("ScalingType") == "Logarithmic" and float(one["MinValue"]) > 0
            yield Range(one["Name"], float(one["MinValue"]), float(one["MaxValue"]), log)
    for one in given.get("CategoricalParameterRanges", []):
        yield Range(one["Name"], words=tuple(plain(word) for word in one["Values"]))


def best_so_far(values: Iterable[tuple[float, float]], lower_is_better: bool) -> list[tuple[float, float]]:
    """Return the best value up to each place on the axis, where it changes and at the end."""
    better, kept, last = (min if lower_is_better else max), list[tuple[float, float]](), None
    for place, value in values:
        best = value if not kept else better(kept[-1][1], value)
        if not kept or best != kept[-1][1]:
            kept.append((place, best))
        last = place
    return kept if last is None or kept[-1][0] == last else [*kept, (last, kept[-1][1])]


def why_ended(tuner: Document, trials: Sequence[Trial]) -> str:
    """Return why a tuning job ended, as far as what is shown of it tells; "" while it runs."""
    status = tuner["HyperParameterTuningJobStatus"]
    if status == "Failed":
        return tuner.get("FailureReason", "It failed.")
    if status == "Stopped":
        return "It was stopped."
    return next(_reasons(tuner, trials), "All its training jobs have ended.") if status == "Completed" else ""


def _reasons(tuner: Document, trials: Sequence[Trial]) -> Iterator[str]:
    config, details = tuner["HyperParameterTuningJobConfig"], tuner.get("TuningJobCompletionDetails", {})
    criteria, limits = config.get("TuningJobCompletionCriteria", {}), config.get("ResourceLimits", {})
    target = criteria.get("TargetObjectiveMetricValue")
    if target is not None and _reaches(trials, target, objective(tuner)[1]):
        yield f"A training job reached the target of the objective, {number(target)}."
    patience = criteria.get("BestObjectiveNotImproving", {}).get("MaxNumberOfTrainingJobsNotImproving")
    if patience and details.get("NumberOfTrainingJobsObjectiveNotImproving", 0) >= patience:
        yield f"{patience} training jobs in turn did not improve the objective."
    if criteria.get("ConvergenceDetected", {}).get("CompleteOnConvergence") == "Enabled" and (
        "ConvergenceDetectedTime" in details
    ):
        yield "It converged: no significant improvement was to be expected."
    if len(trials) >= limits.get("MaxNumberOfTrainingJobs", math.inf):
        yield f"All of its {number(limits['MaxNumberOfTrainingJobs'])} training jobs have ended."
    if _runtime(tuner) >= limits.get("MaxRuntimeInSeconds", math.inf):
        yield f"Its {number(limits['MaxRuntimeInSeconds'])} seconds were over."
    if config.get("Strategy") == "Grid":
        yield "Every combination of the grid was tried."


def _reaches(trials: Sequence[Trial], target: float, lower_is_better: bool) -> bool:
    found = [one.value for one in trials if one.value is not None]
    return any(value <= target if lower_is_better else value >= target for value in found)


def _runtime(tuner: Document) -> float:
    ended = tuner.get("HyperParameterTuningEndTime")
    return (ended - tuner["CreationTime"]).total_seconds() if ended else 0.0
