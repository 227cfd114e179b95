"""One attempt of one step: what its controller knows, and the decisions that it can take.

Private members of a step: `begun` (the name of the child that it has created), `key` (of the cache), `reused` (the step
whose results it shows), `retries` (how often each policy was used) and `wait` (business time until the next attempt).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from clary.kernel import AwsError
from clary.plane import Record, World
from clary.plane import Step as Decision
from clary.services.sagemaker.pipelines.definition import JSON, Step, resolve
from clary.services.sagemaker.pipelines.executions import names
from clary.services.sagemaker.pipelines.executions.noun import STOPPING
from clary.services.sagemaker.pipelines.executions.plan import Plan
from clary.services.sagemaker.pipelines.executions.values import StepValues

_LONGEST_REASON = 1024  # of FailureReason in AWS's model


@dataclass
class Attempt:
    """The present attempt of a step: its record, its execution, and what the definition says of it."""

    record: Record
    world: World
    execution: Record
    plan: Plan
    step: Step

    @property
    def number(self) -> int:
        """The number of the attempt; the first is 1."""
        return int(self.record.observed.get("AttemptCount", 1))

    @property
    def role(self) -> str:
        return self.execution.private["role"]

    @property
    def stopping(self) -> bool:
        return self.record.status == STOPPING

    @cached_property
    def values(self) -> StepValues:
        return StepValues(self.world, self.execution, self.plan, self.step.name, self.record)

    def child(self, prefix: str = "", longest: int = 63) -> str:
        """Return the name of what this attempt creates."""
        return names.child(self.execution, self.step.name, self.number, prefix=prefix, longest=longest)

    def resolved(self, value: JSON, member: str = "Arguments") -> Any:
        """Return a part of the definition with its functions resolved."""
        return resolve(value, self.values, f"step {self.step.name}, {member}")

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Call an operation of SageMaker as the execution's role."""
        return self.values.call("sagemaker", operation, request)

    def create(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Call an operation that creates something. AWS tags what a pipeline creates with the execution."""
        mark = {"Key": "sagemaker:pipeline-execution-arn", "Value": self.execution.arn}
        return self.call(operation, {**request, "Tags": [*request.get("Tags", []), mark]})

    # decisions -------------------------------------------------------------------------------------------------------

    def waits(self, metadata: Mapping[str, Any], **private: Any) -> Decision:
        """Return the decision to wait for a child: its change in the feed wakes the step (wakeups.py)."""
        return Decision("Executing", {"Metadata": metadata}, private=private)

    def succeeded(self, metadata: Mapping[str, Any] | None = None, **members: Any) -> Decision:
        shown = {} if metadata is None else {"Metadata": metadata}
        return Decision("Succeeded", {"EndTime": self.world.now, "FailureReason": None, **shown, **members})

    def failed(self, reason: str, metadata: Mapping[str, Any] | None = None) -> Decision:
        """Return the decision that the step has failed. `reason` is '' where there is none to be shown."""
        shown = {} if metadata is None else {"Metadata": metadata}
        return Decision(
            "Failed", {"EndTime": self.world.now, "FailureReason": reason[:_LONGEST_REASON] or None, **shown}
        )

    def refused(self, error: AwsError) -> Decision:
        """Return the decision for what the caller of an operation has to mend. Raise anything else: it will be tried again."""
        if is_passing(error):
            raise error
        return self.failed(f"ClientError: {error.message}")

    def stopped(self, metadata: Mapping[str, Any] | None = None) -> Decision:
        shown = {} if metadata is None else {"Metadata": metadata}
        return Decision("Stopped", {"EndTime": self.world.now, **shown})


def is_passing(error: AwsError) -> bool:
    """Return whether an error may pass by itself: the platform's own, but for what it does not offer."""
    return not error.senders_fault and error.code != "NotImplemented"
