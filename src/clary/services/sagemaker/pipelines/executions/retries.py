"""Retry policies: whether a failed attempt is followed by another, and when.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html
"""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Step as Decision
from clary.services.sagemaker.pipelines.definition import Retry
from clary.services.sagemaker.pipelines.executions.attempt import Attempt, is_passing

FAULT, THROTTLED = "Step.SERVICE_FAULT", "Step.THROTTLING"
INTERNAL, CAPACITY, LIMIT = (
    *("SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR", "SageMaker.RESOURCE_LIMIT"),
)
# AWS retries these two by itself; how often is not documented.
_BY_ITSELF = Retry((FAULT, THROTTLED), attempts=5)


def of_error(error: AwsError) -> str:
    """Return the exception type of a refused call, '' for one that no policy names."""
    if is_passing(error):
        return FAULT
    if "Throttling" in error.code or error.code == "TooManyRequestsException":
        return THROTTLED
    return LIMIT if error.code == "ResourceLimitExceeded" else ""


def of_reason(reason: str) -> str:
    """Return the exception type that a job's FailureReason means, '' for one that no policy names."""
    words = {"InternalServerError": INTERNAL, "CapacityError": CAPACITY, "ResourceLimitExceeded": LIMIT}
    return next((kind for word, kind in words.items() if reason.startswith(word)), "")


def after(attempt: Attempt, kind: str, reason: str) -> Decision:
    """Return what follows a failure of this exception type: a wait for the next attempt, or the end."""
    policies = [*attempt.step.retries, *([] if _is_said(attempt, kind) else [_BY_ITSELF])]
    for place, policy in enumerate(policies):
        if kind and kind in policy.exceptions:
            return _again(attempt, str(place), policy) or attempt.failed(reason)
    return attempt.failed(reason + _not_appropriate(attempt, kind))


def _is_said(attempt: Attempt, kind: str) -> bool:
    return any(kind in policy.exceptions for policy in attempt.step.retries)


def _again(attempt: Attempt, place: str, policy: Retry) -> Decision | None:
    """Return the wait for the next attempt by this policy; None where it allows no other one."""
    used = attempt.record.private.get("retries", {})
    count = int(used.get(place, 0))
    if policy.attempts is not None and count >= policy.attempts:
        return None
    now = attempt.world.business.now
    moment = now + policy.interval * policy.backoff**count
    begun = attempt.world.business.timeline.business(attempt.record.created)
    if policy.expires is not None and moment > begun + policy.expires * 60:
        return None
    private = {"retries": {**used, place: count + 1}, "wait": moment, "begun": None}
    return Decision("Starting", {"AttemptCount": attempt.number + 1}, private=private, until=moment)


def _not_appropriate(attempt: Attempt, kind: str) -> str:
    """Return the sentence that AWS adds where a policy could have helped."""
    if not kind:
        return ""
    name = kind.upper().replace(".", "_")
    return (
        f"\nRetry not appropriate on execution of step with PipelineExecutionArn {attempt.execution.arn} and StepId "
        f"{attempt.step.name}. No retry policy configured for the exception type {name}."
    )
