"""Events of executions in the log group of the state machine: at which level, and with what data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clary.kernel import AwsError
from clary.plane import Record, World
from clary.plane.controller import Call
from clary.plane.unit import Unit
from clary.services.stepfunctions.executions.history import without_data
from clary.services.stepfunctions.interpreter.run import Event
from clary.services.stepfunctions.language.texts import dump

_FATAL = ("ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut")
_ERRORS = (
    *_FATAL, "FailStateEntered", "TaskFailed", "TaskStartFailed", "TaskSubmitFailed", "TaskTimedOut", "ActivityFailed",
    "ActivityScheduleFailed", "ActivityTimedOut", "LambdaFunctionFailed", "LambdaFunctionScheduleFailed",
    "LambdaFunctionStartFailed", "LambdaFunctionTimedOut", "MapStateAborted", "MapStateFailed", "MapIterationAborted",
    "MapIterationFailed", "MapRunAborted", "MapRunFailed", "ParallelStateAborted", "ParallelStateFailed",
    "EvaluationFailed",
)  # fmt: skip
"""What is logged at the levels FATAL and ERROR ("Log levels", Developer Guide)."""
_LARGEST = 250_000  # bytes of an entry: larger ones lose their data


def calls(record: Record, events: Sequence[Event]) -> tuple[Call, ...]:
    """Return the calls that write events, as the service. One that is refused hinders no execution."""
    found = entries(record, events)
    if not found:
        return ()
    group, stream = _place(record)
    named = {"logGroupName": group, "logStreamName": stream}
    return (
        Call("logs", "CreateLogStream", named, optional=True),
        Call("logs", "PutLogEvents", {**named, "logEvents": found}, optional=True),
    )


def write(world: World, record: Record, events: Sequence[Event], unit: Unit) -> None:
    """Write events in the transaction that tells of them."""
    for call in calls(record, events):
        try:
            world.call(call.service, call.operation, call.params, unit)
        except AwsError:
            continue


def entries(record: Record, events: Sequence[Event]) -> list[dict[str, Any]]:
    """Return the log events of a configuration's level."""
    given = record.spec["loggingConfiguration"]
    if given["level"] == "OFF":
        return []
    wanted = {"FATAL": _FATAL, "ERROR": _ERRORS}.get(given["level"])
    whole = given["includeExecutionData"]
    chosen = [event for event in events if wanted is None or event["y"] in wanted]
    return [{"timestamp": int(one["t"] * 1000), "message": _message(record, one, whole)} for one in chosen]


def _message(record: Record, event: Event, whole: bool) -> str:
    details = event.get("d", {})
    entry = {
        "id": str(event["i"]),
        "type": event["y"],
        "details": details if whole else without_data(details),
        "redrive_count": str(record.observed.get("redriveCount", 0)),
        "previous_event_id": str(event["p"]),
        "event_timestamp": str(int(event["t"] * 1000)),
        "execution_arn": record.arn,
    }
    text = dump(entry)
    return text if len(text) <= _LARGEST else dump({**entry, "details": without_data(details)})


def _place(record: Record) -> tuple[str, str]:
    """Return the log group and the stream: one for each execution."""
    arn = record.spec["loggingConfiguration"]["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"]
    group = arn.split(":log-group:", 1)[1].removesuffix(":*")
    name = record.arn.split(":", 6)[6].replace(":", "/").replace("*", "_")
    return group, f"states/{name}"
