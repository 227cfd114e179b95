"""Task states: what is to be done outside, and the events that tell of it.

`frame.task` is all that must be known to do it, also by another process:

    stage      new: nobody has begun; calling: it is being called; waiting: for an end that comes from elsewhere
    family     lambda, activity or service, which have events of their own
    resource   `sendMessage.waitForTaskToken`, with its `type` (`sqs`) and `pattern`
    attempt    the id of its Scheduled event: an attempt is another task
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clary.services.stepfunctions.interpreter import map_runs
from clary.services.stepfunctions.interpreter.data import Data, too_large
from clary.services.stepfunctions.interpreter.events import data, failure
from clary.services.stepfunctions.interpreter.run import Frame
from clary.services.stepfunctions.language.errors import DATA_LIMIT, TIMEOUT, StateError, runtime
from clary.services.stepfunctions.language.intrinsics.checks import MOST_BYTES
from clary.services.stepfunctions.language.resources import Resource, read
from clary.services.stepfunctions.language.templates import resolve
from clary.services.stepfunctions.language.texts import dump

if TYPE_CHECKING:
    from clary.services.stepfunctions.interpreter.engine import Engine

_NAMES = {"lambda": "LambdaFunction", "activity": "Activity", "service": "Task"}
_MEMBERS = {"lambda": "lambdaFunction", "activity": "activity", "service": "task"}


def begin(engine: Engine, at: Data) -> None:
    """Schedule a task: resolve all that it needs, and say so."""
    frame, resource = at.frame, read(at.raw["Resource"])
    at.token = engine.outside.token() if resource.needs_token else None
    arguments = at.arguments()
    if refusal := engine.outside.refusal(at.raw["Resource"], arguments):
        raise runtime(refusal)
    timeout, beat = at.number("TimeoutSeconds"), at.number("HeartbeatSeconds")
    now = engine.outside.now()
    frame.task = {
        "stage": "new",
        "frame": frame.id,
        "family": resource.family,
        "resource": resource.action,
        "type": resource.service,
        "pattern": resource.pattern,
        "arn": at.raw["Resource"],
        "arguments": arguments,
        "role": _role(at),
        "token": at.token,
        "timeout": timeout,
        "beat": beat,
        **_deadlines(resource.family != "activity", now, timeout, beat if resource.needs_token else None),
    }
    frame.phase = "task"
    details = _scheduled(engine, frame.task, resource, timeout, beat)
    frame.task["attempt"] = _add(engine, frame, "Scheduled", details)


def _deadlines(counts: bool, now: float, timeout: int | None, beat: int | None) -> dict[str, float | None]:
    """Return when a task is over. The time of an activity counts from the moment when a worker takes it."""
    return {
        "deadline": now + timeout if counts and timeout is not None else None,
        "beat_deadline": now + beat if counts and beat is not None else None,
    }


def _role(at: Data) -> str | None:
    credentials = at.raw.get("Credentials")
    if credentials is None:
        return None
    if at.state.is_jsonata:
        return at.evaluate(credentials, "Credentials")["RoleArn"]
    return resolve(credentials, at.scope(at.effective_input()))["RoleArn"]


def _scheduled(
    engine: Engine, task: dict[str, Any], resource: Resource, timeout: int | None, beat: int | None
) -> dict[str, Any]:
    text = dump(task["arguments"])
    details: dict[str, Any] = {"resource": resource.action if resource.family == "service" else task["arn"]}
    if resource.family == "service":
        details |= {"resourceType": resource.service, "region": engine.facts.region, "parameters": text}
    else:
        details |= data("input", text)
    if timeout is not None:
        details["timeoutInSeconds"] = timeout
    if beat is not None and resource.family != "lambda":
        details["heartbeatInSeconds"] = beat
    if task["role"] is not None and resource.family != "activity":
        details["taskCredentials"] = {"roleArn": task["role"]}
    return details


def _add(engine: Engine, frame: Frame, what: str, details: dict[str, Any] | None) -> int:
    family = (frame.task or {})["family"]
    member = "" if details is None else f"{_MEMBERS[family]}{what}EventDetails"
    return engine.journal.add(frame, f"{_NAMES[family]}{what}", member, details)


def _of_service(frame: Frame, more: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """Return the details of an event; those of services name the resource."""
    task = frame.task or {}
    if task["family"] != "service":
        return more
    return {"resource": task["resource"], "resourceType": task["type"], **(more or {})}


# what becomes of it --------------------------------------------------------------------------------------------------


def started(engine: Engine, frame: Frame, worker: str | None = None) -> None:
    """Say that it has begun, for an activity with the name of its worker."""
    if (frame.task or {})["family"] == map_runs.RUN:
        return map_runs.started(engine, frame)
    details = _of_service(frame)
    if (frame.task or {})["family"] == "activity":
        details = {} if worker is None else {"workerName": worker}
        assert frame.task is not None
        frame.task |= {
            "begun": True,
            **_deadlines(True, engine.outside.now(), frame.task["timeout"], frame.task["beat"]),
        }
    _add(engine, frame, "Started", details)
    return None


def submitted(engine: Engine, frame: Frame, output: Any) -> None:
    """Say that the call was answered and the task goes on elsewhere."""
    assert frame.task is not None
    frame.task["stage"] = "waiting"
    frame.task["submitted"] = output
    _add(engine, frame, "Submitted", _of_service(frame, data("output", dump(output))))


def succeeded(engine: Engine, at: Data, output: Any) -> int:
    """Take the result. Return the id of a frame that can go on."""
    frame = at.frame
    text = dump(output)
    if len(text.encode()) > MOST_BYTES:
        return failed(engine, at, DATA_LIMIT, too_large(at.raw["Resource"]))
    _add(engine, frame, "Succeeded", _of_service(frame, data("output", text)))
    try:
        engine.exit(frame, at, *at.output(output))
    except StateError as error:
        return engine.failed(frame, error)
    return frame.id


def failed(engine: Engine, at: Data, error: str | None, cause: str | None, submitting: bool = False) -> int:
    """Fail the task. Return the id of a frame that can go on."""
    what = (
        "SubmitFailed" if submitting and at.frame.task and at.frame.task["family"] == "service" else "Failed"
    )
    _add(engine, at.frame, what, _of_service(at.frame, failure(error, cause)))
    return engine.failed(at.frame, StateError(error, cause))


def timed_out(engine: Engine, at: Data) -> int:
    """Fail the task, whose time is over or which gave no sign of life."""
    engine.run.give_up(at.frame)
    _add(engine, at.frame, "TimedOut", _of_service(at.frame, failure(TIMEOUT, None)))
    return engine.failed(at.frame, StateError(TIMEOUT))
