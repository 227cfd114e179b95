"""The count of a tuning job: how many of its training jobs came to what, and which is the best.

A tally is read from the record, takes in training jobs that have ended, and is written back: each is counted once, since it
leaves `running` in the same step. Knows no store.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clary.plane import Record
from clary.services.sagemaker.tuning import children
from clary.services.sagemaker.tuning.definitions import Definition

JOB_COUNTERS = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
OBJECTIVE_COUNTERS = ("Succeeded", "Pending", "Failed")
# "failed to improve model performance by 1% or greater" (API_BestObjectiveNotImproving).
_IMPROVEMENT = 0.01


@dataclass(slots=True)
class Tally:
    """What a tuning job knows of its training jobs. `launched` were made so far, `running` are the names of those that have
    not been counted. `reference` is the last value that was an improvement, `since` how many followed it."""

    jobs: dict[str, int]
    objectives: dict[str, int]
    launched: int
    running: list[str]
    best: dict[str, Any] | None
    reference: float | None
    since: int
    stopped: list[str] = field(default_factory=list)
    """The running ones that were asked to stop."""

    @classmethod
    def of(cls, tuner: Record) -> Tally:
        """Read the tally of a tuning job."""
        private = tuner.private
        return cls(
            dict(tuner.observed["TrainingJobStatusCounters"]),
            dict(tuner.observed["ObjectiveStatusCounters"]),
            private.get("launched", 0),
            list(private.get("running", ())),
            tuner.observed.get("BestTrainingJob"),
            private.get("reference"),
            private.get("since", 0),
            list(private.get("stopped", ())),
        )

    @property
    def ended(self) -> int:
        return self.launched - len(self.running)

    @property
    def succeeded(self) -> int:
        """How many have a value."""
        return self.objectives["Succeeded"]

    @property
    def failed(self) -> int:
        """How many training jobs have failed themselves."""
        return self.jobs["RetryableError"] + self.jobs["NonRetryableError"]

    def begin(self, name: str) -> None:
        """Count a training job that is made."""
        self.launched += 1
        self.running.append(name)

    def end(self, name: str, child: Record | None, definition: Definition) -> None:
        """Count a training job that has ended, or was deleted."""
        self.running.remove(name)
        self.stopped = [other for other in self.stopped if other != name]
        self.jobs[_counter_of(child)] += 1
        value = children.result_of(child, definition) if child else None
        if child is None or value is None:
            self.objectives["Failed"] += 1
            return
        self.objectives["Succeeded"] += 1
        self._weigh(value, definition.maximizes)
        if self.best is None or _is_better(value, value_in(self.best), definition.maximizes):
            self.best = children.summary(child, definition)

    def observed(self) -> dict[str, Any]:
        """Return the members of the status that show it."""
        self.jobs["InProgress"] = self.objectives["Pending"] = len(self.running)
        return {
            "TrainingJobStatusCounters": self.jobs,
            "ObjectiveStatusCounters": self.objectives,
            "BestTrainingJob": self.best,
        }

    def private(self) -> dict[str, Any]:
        """Return the private members that keep it."""
        return {
            "launched": self.launched,
            "running": self.running,
            "reference": self.reference,
            "since": self.since,
            "stopped": self.stopped or None,
        }

    def _weigh(self, value: float, maximizes: bool) -> None:
        least = self.reference
        if least is not None:
            least += abs(least) * _IMPROVEMENT * (1 if maximizes else -1)
        if least is None or _is_better(value, least, maximizes):
            self.reference, self.since = value, 0
        else:
            self.since += 1


def fresh() -> dict[str, dict[str, int]]:
    """Return the counters of a new tuning job."""
    return {
        "TrainingJobStatusCounters": dict.fromkeys(JOB_COUNTERS, 0),
        "ObjectiveStatusCounters": dict.fromkeys(OBJECTIVE_COUNTERS, 0),
    }


def value_in(summary: dict[str, Any]) -> float:
    """Return the value of a training job's summary that has one."""
    return summary["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]


def better_of(one: dict[str, Any] | None, other: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the better of two summaries by their objective; the first where they are equal."""
    if not one or not other:
        return one or other
    maximizes = one["FinalHyperParameterTuningJobObjectiveMetric"]["Type"] == "Maximize"
    return other if _is_better(value_in(other), value_in(one), maximizes) else one


def _counter_of(child: Record | None) -> str:
    if child is None:
        return "NonRetryableError"
    if child.status != "Failed":
        return child.status
    # "can be retried only if it failed because an internal service error occurred" (API_TrainingJobStatusCounters).
    lost = child.observed.get("FailureReason", "").startswith("InternalServerError")
    return "RetryableError" if lost else "NonRetryableError"


def _is_better(value: float, than: float, maximizes: bool) -> bool:
    return value > than if maximizes else value < than
