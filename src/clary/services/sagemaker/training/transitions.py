"""The secondary status of a training job and the transitions that led to it
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SecondaryStatusTransition.html). Knows no run."""

from __future__ import annotations

from typing import Any

from clary.plane import Record

# AWS's own sentences of SecondaryStatusTransitions.
_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Pending": "Training job waiting for capacity",
    "Downloading": "Downloading the training image",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job wait time exceeded MaxWaitTimeInSeconds provided",
    "Restarting": "Restarting the training job",
}
_LAST = ("Completed", "Failed", "Stopped", "MaxRuntimeExceeded", "MaxWaitTimeExceeded")
OF_STEP = {"Downloading": "Downloading", "Running": "Training", "Uploading": "Uploading"}
"""The steps of a run, and the secondary status that each of them is."""

Steps = tuple[tuple[str, float], ...]
History = list[dict[str, Any]]


def first(at: float) -> dict[str, Any]:
    """Return the members of a new job."""
    return _members("Starting", [_transition("Starting", at)])


def reach(job: Record, secondary: str, at: float, steps: Steps = ()) -> dict[str, Any]:
    """Return the members of a job that is now in a secondary status, with a transition for each step of its run on the
    way there; nothing where that is what the job shows already."""
    before = job.observed["SecondaryStatusTransitions"]
    history = [dict(entry) for entry in before]
    for name, began in steps:
        if OF_STEP[name] not in _of_this_attempt(history):
            _append(history, OF_STEP[name], began)
    if secondary not in _of_this_attempt(history) or (secondary == "Restarting" != history[-1]["Status"]):
        _append(history, secondary, at)
    if secondary in _LAST:
        history[-1]["EndTime"] = history[-1]["StartTime"]
    return {} if history == before else _members(secondary, history)


def _members(secondary: str, history: History) -> dict[str, Any]:
    return {"SecondaryStatus": secondary, "SecondaryStatusTransitions": history}


def _of_this_attempt(history: History) -> list[str]:
    """Return the statuses since the job was last restarted, or all of them."""
    names = [entry["Status"] for entry in history]
    last = max((place for place, name in enumerate(names) if name == "Restarting"), default=0)
    return names[last:]


def _append(history: History, status: str, at: float) -> None:
    at = max(at, history[-1]["StartTime"])
    history[-1].setdefault("EndTime", at)
    history.append(_transition(status, at))


def _transition(status: str, at: float) -> dict[str, Any]:
    return {"Status": status, "StartTime": at, "StatusMessage": _MESSAGES[status]}
