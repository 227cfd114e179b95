"""Tasks that wait for the end of what they began: `.sync`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clary.services.stepfunctions.language.texts import dump


@dataclass(frozen=True, slots=True)
class Child:
    """What is begun: the kind of its records, how it is described and stopped, and what its statuses mean."""

    kind: str
    describe: str
    stop: str
    named: str
    arn: str
    status: str
    done: tuple[str, ...]
    failed: tuple[str, ...]
    service: str = "sagemaker"


def _job(noun: str, status: str = "", arn: str = "") -> Child:
    return Child(
        f"sagemaker:{noun}", f"Describe{noun}", f"Stop{noun}", f"{noun}Name", arn or f"{noun}Arn",
        status or f"{noun}Status", ("Completed",), ("Failed", "Stopped"),
    )  # fmt: skip


CHILDREN: Mapping[str, Child] = {
    "createTrainingJob": _job("TrainingJob"),
    "createProcessingJob": _job("ProcessingJob"),
    "createTransformJob": _job("TransformJob"),
    "createHyperParameterTuningJob": _job("HyperParameterTuningJob"),
    "createLabelingJob": _job("LabelingJob"),
    "startExecution": Child(
        "stepfunctions:Execution",
        "DescribeExecution",
        "StopExecution",
        "executionArn",
        "executionArn",
        "status",
        ("SUCCEEDED",),
        ("FAILED", "TIMED_OUT", "ABORTED"),
        "stepfunctions",
    ),
}
"""By the action that begins it."""
KINDS = tuple(sorted({child.kind for child in CHILDREN.values()}))


def naming(child: Child, request: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, str]:
    """Return what names the child in its own operations."""
    return {child.named: request.get(child.named) or answer[child.named]}


def output_of(pattern: str, shown: dict[str, Any]) -> dict[str, Any]:
    """Return the result of a child that has succeeded; `.sync:2` gives Input and Output as JSON, not as text."""
    if pattern != "sync:2":
        return shown
    return {**shown, **{name: json.loads(shown[name]) for name in ("Input", "Output") if name in shown}}


def cause_of(shown: dict[str, Any]) -> str:
    """Return the cause of a child that has failed: all that Describe says of it."""
    return dump(shown)
