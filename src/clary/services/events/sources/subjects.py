"""Which changes are events, and what they say.

Sources: "Amazon SageMaker AI event types in EventBridge" (https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html)
and "Step Functions events" (https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clary.plane import Record
from clary.plane.port import Plane
from clary.services.events.publishing.entries import iso
from clary.services.events.sources.details import described
from clary.store.api import Change

Params = dict[str, Any]
Detail = Callable[[Plane, Record, Change], Params]


@dataclass(frozen=True, slots=True)
class Subject:
    """The events of a kind of records."""

    source: str
    detail_type: str
    detail: Detail
    members: tuple[str, ...] = ()
    """Observed members whose change is an event, beside that of the status."""

    def is_event(self, change: Change) -> bool:
        """Return whether a change is one: the status, or one of the members, is not what it was."""
        old, new = change.view.get("old") or {}, change.view.get("new")
        if new is None:
            return False
        if old.get("status") != new.get("status"):
            return True
        before, after = old.get("members", {}), new.get("members", {})
        return any(before.get(name) != after.get(name) for name in self.members)


def _by(operation: str) -> Detail:
    return lambda platform, record, change: described(platform, record, operation)


def _of_execution(platform: Plane, record: Record, change: Change) -> Params:
    pipeline = record.arn.partition("/execution/")[0]
    old = (change.view.get("old") or {}).get("status")
    return _without_none(
        {
            "pipelineArn": pipeline,
            "pipelineExecutionArn": record.arn,
            "pipelineExecutionDisplayName": record.spec.get("PipelineExecutionDisplayName"),
            "pipelineExecutionDescription": record.spec.get("PipelineExecutionDescription"),
            "currentPipelineExecutionStatus": record.status,
            "previousPipelineExecutionStatus": old,
            "executionStartTime": iso(record.created),
            "executionEndTime": iso(record.modified) if record.status in _ENDED else None,
        }
    )


_ENDED = ("Succeeded", "Failed", "Stopped")


def _without_none(members: Params) -> Params:
    return {name: value for name, value in members.items() if value is not None}


def _sagemaker(detail_type: str, detail: Detail, *members: str) -> Subject:
    return Subject("aws.sagemaker", f"SageMaker {detail_type}", detail, members)


SUBJECTS: Mapping[str, Subject] = {
    "sagemaker:TrainingJob": _sagemaker(
        "Training Job State Change", _by("DescribeTrainingJob"), "SecondaryStatus"
    ),
    "sagemaker:ProcessingJob": _sagemaker("Processing Job State Change", _by("DescribeProcessingJob")),
    "sagemaker:TransformJob": _sagemaker("Transform Job State Change", _by("DescribeTransformJob")),
    "sagemaker:HyperParameterTuningJob": _sagemaker(
        "HyperParameter Tuning Job State Change", _by("DescribeHyperParameterTuningJob")
    ),
    "sagemaker:Endpoint": _sagemaker("Endpoint State Change", _by("DescribeEndpoint")),
    "sagemaker:ModelPackage": _sagemaker(
        "Model Package State Change", _by("DescribeModelPackage"), "ModelApprovalStatus"
    ),
    "sagemaker:PipelineExecution": _sagemaker(
        "Model Building Pipeline Execution Status Change", _of_execution
    ),
}
