"""Steps that create something with a name and wait until it is done: jobs, models, endpoints and their configurations.

    nothing yet      resolve the arguments, look into the cache, create it as the execution's role
    it goes on       wait; its change in the feed wakes the step
    it has ended     the step has, or another attempt follows

What is created has a name that follows from the execution, the step and the attempt, so a controller that died in
between finds it when it looks again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from clary.kernel import AwsError
from clary.plane import Record
from clary.plane import Step as Decision
from clary.services.sagemaker.pipelines.executions import cache, retries
from clary.services.sagemaker.pipelines.executions.attempt import Attempt
from clary.services.sagemaker.pipelines.executions.children import CHILDREN, Child

_DENIED = ("AccessDenied", "AccessDeniedException")
Request = dict[str, Any]
Shows = Callable[[Record], Request]
"""What the Metadata of a step shows of its child."""


def move(attempt: Attempt) -> Decision:
    """Move a step of any of these types one step."""
    child = CHILDREN[attempt.step.type]
    return look(attempt, child, begin, lambda found: {child.metadata: {"Arn": found.arn}})


def look(
    attempt: Attempt, child: Child, begins: Callable[[Attempt, Child, Shows], Decision], shows: Shows
) -> Decision:
    """Begin, or look at what became of the child."""
    name = attempt.record.private.get("begun")
    if name is None and not attempt.stopping:
        return begins(attempt, child, shows)
    found = attempt.world.get(child.kind, name or named(attempt, child))
    if found is None and name is None:
        return attempt.stopped()
    if found is None:
        return attempt.failed(f"ClientError: {child.noun} {name} was deleted while the step waited for it.")
    return watch(attempt, child, found, shows)


def named(attempt: Attempt, child: Child) -> str:
    """Return the name of the child of this attempt."""
    prefix = attempt.step.arguments.get(child.name, "")
    return attempt.child(attempt.resolved(prefix, f"Arguments.{child.name}"), child.longest)


def begin(attempt: Attempt, child: Child, shows: Shows) -> Decision:
    """Take the results of an earlier run, or create the child."""
    try:
        request = {**attempt.resolved(attempt.step.arguments), child.name: named(attempt, child)}
    except AwsError as error:
        return attempt.refused(error)
    key = cache.key(attempt, request)
    return cache.hit(attempt, key) or create(attempt, child, request, key, shows)


def create(attempt: Attempt, child: Child, request: Request, key: str | None, shows: Shows) -> Decision:
    """Create the child, unless a controller that died in the middle has: that child may be over, and wakes nobody any more."""
    operation, name = f"Create{child.noun}", request[child.name]
    refusal = None
    try:
        attempt.create(operation, request)
    except AwsError as error:
        refusal = error
    found = attempt.world.get(child.kind, name)
    if refusal and (found is None or found.parent != attempt.record.arn):
        return refused(attempt, operation, refusal)
    if found is not None and (not child.done or found.status in child.done):
        return done(attempt, found, key, shows)
    if found is not None and found.status in child.failed:
        return _ended_otherwise(attempt, child, found, shows)
    return attempt.waits(shows(found) if found else {}, begun=name, key=key)


def refused(attempt: Attempt, operation: str, error: AwsError) -> Decision:
    """Return what follows a call that was refused."""
    return retries.after(attempt, retries.of_error(error), refusal_of(operation, error))


def refusal_of(operation: str, error: AwsError) -> str:
    """Return the FailureReason that tells of a refused call."""
    return f"ClientError: Failed to invoke sagemaker:{operation}. Error Details: {error.message}"


def watch(attempt: Attempt, child: Child, found: Record, shows: Shows) -> Decision:
    """Look at what became of the child."""
    if found.status in child.done or not child.done:
        return done(attempt, found, attempt.record.private.get("key"), shows)
    if found.status in child.failed:
        return _ended_otherwise(attempt, child, found, shows)
    if attempt.stopping:
        return _stop(attempt, child, found, shows)
    return attempt.waits(shows(found), begun=found.id)


def done(attempt: Attempt, found: Record, key: str | None, shows: Shows) -> Decision:
    """Return the end of a step whose child is done; later executions may use its results."""
    cache.keep(attempt, key)
    return replace(attempt.succeeded(shows(found)), private={"begun": found.id, "key": key})


def _ended_otherwise(attempt: Attempt, child: Child, found: Record, shows: Shows) -> Decision:
    """Return what follows a child that stopped or failed. AWS puts ClientError before the reason of a job that failed by
    itself (test_step_decorator.py in the integration tests of both lines of the SDK)."""
    if attempt.stopping:
        return attempt.stopped(shows(found))
    if found.status == "Stopped":
        return attempt.failed(f"ClientError: {child.noun} {found.id} was stopped.", shows(found))
    reason = found.observed.get("FailureReason", f"{child.noun} {found.id} has failed.")
    kind = retries.of_reason(reason)
    return retries.after(attempt, kind, reason if kind == retries.INTERNAL else f"ClientError: {reason}")


def _stop(attempt: Attempt, child: Child, found: Record, shows: Shows) -> Decision:
    """Stop the child and wait for its end. What cannot be stopped is left to itself."""
    if not child.stops:
        return attempt.stopped(shows(found))
    reason = None if found.status == "Stopping" else _asked_to_stop(attempt, child, found)
    return Decision(set={"Metadata": shows(found), "FailureReason": reason}, private={"begun": found.id})


def _asked_to_stop(attempt: Attempt, child: Child, found: Record) -> str | None:
    """Ask the child to stop; return why the role may not do so. The step shows that while it waits for the child's own end."""
    operation = f"Stop{child.noun}"
    try:
        attempt.call(operation, {child.name: found.id})
    except AwsError as error:
        if not error.senders_fault:
            raise
        return refusal_of(operation, error) if error.code in _DENIED else None  # otherwise it has just ended
    return None
