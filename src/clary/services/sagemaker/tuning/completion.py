"""When a tuning job ends, and as what
(https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-progress.html). Knows no store.

Sentences are AWS's; the tests name where they were reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clary.plane import Record
from clary.services.sagemaker.tuning.tally import Tally, value_in

_ATTEMPTS = 5  # after which a tuning job gives up, if none of them succeeded
# AWS has "criteria developed over a wide range of benchmarks" for convergence and does not say them. Here: half of all
# results, and ten at least, did not improve the best one by 1 %.
_LEAST_RESULTS, _LEAST_SINCE = 20, 10
_ALL_FAILED = (
    "All training jobs failed. Please take a look at the training jobs failures to get more details."
)
_NONE_SUCCEEDED = (
    "No training job succeeded after {count} attempts. For additional details, please take a look at the training job "
    "failures by listing training jobs for the hyperparameter tuning job."
)
_NO_OBJECTIVE = (
    "No objective metrics found after running {count} training jobs. Please ensure that the custom algorithm is emitting "
    "the objective metric as defined by the regular expression provided."
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """That no more training jobs are made: the final status, and why. Where `at_once`, those that run are stopped."""

    status: str
    reason: str | None = None
    at_once: bool = True


def judge(tuner: Record, tally: Tally, most: int, now: float) -> Verdict | None:
    """Return how a tuning job ends that makes no more training jobs, or None where it goes on. `most` is how many it may
    make."""
    if tuner.status == "Stopping":
        return Verdict("Stopped")
    if not tally.succeeded and (tally.ended >= _ATTEMPTS or tally.launched >= most):
        return Verdict("Failed", _why_failed(tally), at_once=False)
    if _is_enough(tuner, tally) or now >= deadline(tuner):
        return _ended(tally)
    return _ended(tally, at_once=False) if tally.launched >= most else None


def deadline(tuner: Record) -> float:
    """Return when MaxRuntimeInSeconds are over (epoch seconds); infinity without it."""
    limits = tuner.spec["HyperParameterTuningJobConfig"]["ResourceLimits"]
    return tuner.created + limits["MaxRuntimeInSeconds"] if "MaxRuntimeInSeconds" in limits else float("inf")


def has_converged(tally: Tally) -> bool:
    """Return whether no significant improvement is to be expected."""
    return tally.succeeded >= _LEAST_RESULTS and tally.since >= max(_LEAST_SINCE, tally.succeeded // 2)


def details(tuner: Record, tally: Tally, now: float) -> dict[str, Any]:
    """Return TuningJobCompletionDetails."""
    before = tuner.observed.get("TuningJobCompletionDetails", {}).get("ConvergenceDetectedTime")
    shown: dict[str, Any] = {"NumberOfTrainingJobsObjectiveNotImproving": tally.since}
    if before or has_converged(tally):
        shown["ConvergenceDetectedTime"] = before or now
    return shown


def _ended(tally: Tally, at_once: bool = True) -> Verdict:
    if tally.succeeded or tally.running:
        return Verdict("Completed", at_once=at_once)
    return Verdict("Failed", _why_failed(tally)) if tally.ended else Verdict("Stopped")


def _why_failed(tally: Tally) -> str:
    """Return why no training job has a value: they failed, or they completed and said none."""
    if tally.failed < tally.ended:
        return _NO_OBJECTIVE.format(count=tally.ended)
    return _NONE_SUCCEEDED.format(count=_ATTEMPTS) if tally.ended >= _ATTEMPTS else _ALL_FAILED


def _is_enough(tuner: Record, tally: Tally) -> bool:
    """Return whether one of the completion criteria is met."""
    criteria = tuner.spec["HyperParameterTuningJobConfig"].get("TuningJobCompletionCriteria", {})
    target = criteria.get("TargetObjectiveMetricValue")
    if target is not None and tally.best and _reaches(tally.best, target):
        return True
    patience = criteria.get("BestObjectiveNotImproving", {}).get("MaxNumberOfTrainingJobsNotImproving")
    if patience is not None and tally.since >= patience:
        return True
    return _completes_on_convergence(tuner, criteria) and has_converged(tally)


def _reaches(best: dict[str, Any], target: float) -> bool:
    maximizes = best["FinalHyperParameterTuningJobObjectiveMetric"]["Type"] == "Maximize"
    return value_in(best) >= target if maximizes else value_in(best) <= target


def _completes_on_convergence(tuner: Record, criteria: dict[str, Any]) -> bool:
    """Autotune asks for it unless the request says otherwise."""
    said = criteria.get("ConvergenceDetected", {}).get("CompleteOnConvergence")
    return said == "Enabled" or (said is None and "Autotune" in tuner.spec)
