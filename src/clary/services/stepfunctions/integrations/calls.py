"""Makes the call of a task, and says what came of it. Nothing here is remembered: a call may be made again after a death."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clary.kernel import AwsError
from clary.plane.port import Plane
from clary.services.stepfunctions.integrations import children
from clary.services.stepfunctions.integrations.failures import failure_of
from clary.services.stepfunctions.integrations.requests import request_of
from clary.services.stepfunctions.integrations.responses import payload_of, result_of, shown
from clary.services.stepfunctions.integrations.targets import Target, target_of
from clary.services.stepfunctions.language.errors import TASK_FAILED
from clary.services.stepfunctions.language.resources import read
from clary.services.stepfunctions.language.texts import dump

_TAKEN = ("ResourceInUse", "ExecutionAlreadyExists")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call: a result, or an error. `child` names what it began, for a task that waits for its end."""

    output: Any = None
    error: str | None = None
    cause: str | None = None
    failed: bool = False
    child: dict[str, Any] | None = None
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """As whom calls are made: `call(service, operation, request, role)` and the record that they are made for."""

    platform: Plane
    call: Callable[[str, str, dict[str, Any], str], dict[str, Any]]
    role: str
    arn: str
    has_begun: Callable[[str, str], bool] = lambda kind, id: False
    """Whether a record was made by an earlier call for this one."""


def make(at: Caller, task: dict[str, Any]) -> Outcome:
    """Make the call of a task."""
    role = task["role"] or at.role
    if task["family"] == "lambda":
        return _function(at, task, role)
    target = target_of(at.platform, read(task["arn"]))
    if target is None:
        return Outcome(error=TASK_FAILED, cause=f"The resource {task['arn']} is not available.", failed=True)
    request = _named(at, task, request_of(at.platform, target, task["arguments"]))
    try:
        answer = at.call(target.service, target.operation, request, role)
    except AwsError as error:
        return _refused(at, task, target, request, error, role)
    return _answered(at, task, target, request, answer)


def _named(at: Caller, task: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """Return the request of StartExecution with a name that follows from the task, so that a second call starts nothing."""
    if task["type"] != "states":
        return request
    # A child's ARN in its parent's input is how AWS's console joins them: it is the caller's to say.
    made = hashlib.sha256(f"{at.arn} {task['attempt']} {task['frame']}".encode()).digest()
    return {"name": str(uuid.UUID(bytes=made[:16], version=4)), **request}


def _refused(
    at: Caller, task: dict[str, Any], target: Target, request: dict[str, Any], error: AwsError, role: str
) -> Outcome:
    """Return the error of a refused call, unless this task has begun it before: then the controller has died in between."""
    child = children.CHILDREN.get(task["resource"].partition(".")[0])
    if child is not None and error.code in _TAKEN and at.has_begun(child.kind, request.get(child.named, "")):
        found = _describe(at, child, {child.named: request[child.named]}, role)
        return _answered(at, task, target, request, {child.arn: found[child.arn]})
    name, cause = failure_of(at.platform, target, error)
    return Outcome(error=name, cause=cause, failed=True)


def _answered(
    at: Caller, task: dict[str, Any], target: Target, request: dict[str, Any], answer: dict[str, Any]
) -> Outcome:
    if target.service == "lambda" and not target.is_sdk and "FunctionError" in answer:
        return _function_failed(answer)
    output = result_of(at.platform, target, answer)
    if not task["pattern"].startswith("sync"):
        return Outcome(output)
    child = children.CHILDREN[task["resource"].partition(".")[0]]
    return Outcome(output, child={"named": children.naming(child, request, answer), "arn": answer[child.arn]})


# functions -----------------------------------------------------------------------------------------------------------


def _function(at: Caller, task: dict[str, Any], role: str) -> Outcome:
    """Invoke the function whose ARN is the resource."""
    request = {"FunctionName": task["arn"], "Payload": dump(task["arguments"]).encode()}
    target = Target("lambda", "Invoke", False, "Lambda")
    try:
        answer = at.call("lambda", "Invoke", request, role)
    except AwsError as error:
        name, cause = failure_of(at.platform, target, error)
        return Outcome(error=name, cause=cause, failed=True)
    if "FunctionError" in answer:
        return _function_failed(answer)
    return Outcome(payload_of(answer.get("Payload", b"null")))


def _function_failed(answer: dict[str, Any]) -> Outcome:
    """Return the error of a function: the type of its exception."""
    body = bytes(answer.get("Payload", b""))
    said = payload_of(body)
    kind = said.get("errorType") if isinstance(said, dict) else None
    return Outcome(error=kind or "Lambda.Unknown", cause=body.decode("utf-8", "replace"), failed=True)


# children ------------------------------------------------------------------------------------------------------------


def look(at: Caller, task: dict[str, Any]) -> Outcome:
    """Look at what became of the child of a task."""
    child = children.CHILDREN[task["resource"].partition(".")[0]]
    role = task["role"] or at.role
    try:
        found = _describe(at, child, task["child"]["named"], role)
    except AwsError as error:
        target = Target(child.service, child.describe, False, "SageMaker")
        name, cause = failure_of(at.platform, target, error)
        return Outcome(error=name, cause=cause, failed=True)
    status = found.get(child.status)
    if status not in (*child.done, *child.failed):
        return Outcome(unfinished=True)
    shape = at.platform.services[child.service].model.operations[child.describe].output
    said = shown(shape, found, False)
    for gone in ("RedriveCount", "RedriveStatus", "RedriveStatusReason"):
        said.pop(gone, None)
    if status in child.done:
        return Outcome(children.output_of(task["pattern"], said))
    return Outcome(error=TASK_FAILED, cause=children.cause_of(said), failed=True)


def _describe(at: Caller, child: children.Child, named: dict[str, str], role: str) -> dict[str, Any]:
    return at.call(child.service, child.describe, dict(named), role)


def stop(at: Caller, task: dict[str, Any]) -> None:
    """Stop the child of a task that has ended before it: AWS makes an attempt, without a promise."""
    child = children.CHILDREN[task["resource"].partition(".")[0]]
    try:
        at.call(child.service, child.stop, dict(task["child"]["named"]), task["role"] or at.role)
    except AwsError:
        return
