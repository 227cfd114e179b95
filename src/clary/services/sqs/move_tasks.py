"""StartMessageMoveTask, CancelMessageMoveTask and ListMessageMoveTasks: their rows. What moves messages is in moving.py.

Sentences as recorded (recorded/sqs/test_sqs_move_task.json).
"""

from __future__ import annotations

import asyncio
import base64
from typing import Any, NamedTuple

import orjson

from clary.kernel import AwsError
from clary.plane import Also, Context, Members
from clary.services.sqs.errors import invalid, invalid_value, no_resource
from clary.services.sqs.names import Params, Place, find, is_fifo, place_of_arn
from clary.services.sqs.queue import queue_of
from clary.services.sqs.queue_attributes import count
from clary.services.sqs.redrive import sources_of
from clary.services.sqs.service import sqs
from clary.store.api import Tx

RUNNING, COMPLETED, CANCELLED, FAILED = "RUNNING", "COMPLETED", "CANCELLED", "FAILED"
TOPIC = "sqs:moves"
COLUMNS = "id, scope, source, destination, rate, status, started, moved, total, failure"
_MOST_RESULTS = 10
_FASTEST = 500


class Task(NamedTuple):
    """A row. `destination` is an ARN or ''; `rate` is in messages a second, 0 for no limit."""

    id: str
    scope: str
    source: str
    destination: str
    rate: int
    status: str
    started: float
    moved: int
    total: int
    failure: str


def _source(ctx: Context, params: Params) -> list[str]:
    return [params["SourceArn"]]


def _destination(ctx: Context, params: Params) -> list[str]:
    return [params["DestinationArn"]]


_NEEDED = (
    Also("sqs:ReceiveMessage"),
    Also("sqs:DeleteMessage"),
    Also("sqs:GetQueueAttributes"),
    Also("sqs:SendMessage", "DestinationArn", on=_destination),
)


@sqs.operation(
    on=_source, also=_NEEDED, accepts=Members("SourceArn DestinationArn MaxNumberOfMessagesPerSecond")
)
async def start_message_move_task(ctx: Context, params: Params) -> Params:
    """Begin to move the messages of a dead-letter queue back to where they came from, or to another queue."""
    rate = params.get("MaxNumberOfMessagesPerSecond", 0)
    if "MaxNumberOfMessagesPerSecond" in params and not 1 <= rate <= _FASTEST:
        raise invalid_value(
            "MaxNumberOfMessagesPerSecond", rate, f"Must be between 1 and {_FASTEST}, if provided."
        )
    source = _own(ctx, params, "SourceArn")
    queue = await ctx.transact(lambda tx: _checked(ctx, tx, source, params))
    total = (await asyncio.to_thread(count, ctx, queue)).waiting
    id = ctx.platform.ids.uuid()
    await ctx.transact(lambda tx: _insert(ctx, tx, id, source, params, total), write=True)
    ctx.platform.signals.notify(TOPIC)
    return {"TaskHandle": _handle(id, params["SourceArn"])}


def _own(ctx: Context, params: Params, member: str) -> Place:
    place = place_of_arn(params[member])
    if place is None:
        raise invalid_value(member, params[member], "You must use this format to specify the queue ARN.")
    if place.scope != f"{ctx.caller.account}/{ctx.region}":
        raise no_resource(member)
    return place


def _checked(ctx: Context, tx: Tx, source: Place, params: Params) -> Any:
    record = find(tx, source)
    if record is None:
        raise no_resource("SourceArn")
    if not sources_of(tx, record):
        raise invalid("Source queue must be configured as a Dead Letter Queue.")
    if "DestinationArn" in params:
        destination = find(tx, _own(ctx, params, "DestinationArn"))
        if destination is None:
            raise no_resource("DestinationArn")
        if is_fifo(destination.id) != is_fifo(source.name):
            raise invalid("Source queue and destination queue must be of the same type.")
    return queue_of(tx, record)


def _insert(ctx: Context, tx: Tx, id: str, source: Place, params: Params, total: int) -> None:
    running = tx.sql(
        "select 1 from sqs_move_task where scope = ? and source = ? and status = ?",
        source.scope,
        source.name,
        RUNNING,
    )
    if running:
        raise invalid(
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
        )
    rate, destination = params.get("MaxNumberOfMessagesPerSecond", 0), params.get("DestinationArn", "")
    row = Task(id, source.scope, source.name, destination, rate, RUNNING, ctx.now, 0, total, "")
    tx.sql(f"insert into sqs_move_task ({COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", *row)


def _handle(id: str, source: str) -> str:
    return base64.b64encode(orjson.dumps({"taskId": id, "sourceArn": source})).decode()


def _in_handle(handle: str) -> tuple[str, str]:
    try:
        said = orjson.loads(base64.b64decode(handle, validate=True))
        return str(said["taskId"]), str(said["sourceArn"])
    except (ValueError, LookupError, TypeError):
        raise invalid("Value for parameter TaskHandle is invalid.") from None


def _handled(ctx: Context, params: Params) -> list[str]:
    return [_in_handle(params["TaskHandle"])[1]]


@sqs.operation(on=_handled, accepts=Members("TaskHandle"))
def cancel_message_move_task(ctx: Context, params: Params) -> Params:
    """Stop a task; what it has moved stays where it is. Raise ResourceNotFoundException for one that does not run."""
    id, source = _in_handle(params["TaskHandle"])
    place = _own(ctx, {"SourceArn": source}, "SourceArn")
    rows = ctx.tx.sql(
        "update sqs_move_task set status = ? where id = ? and scope = ? and status = ? returning moved",
        CANCELLED, id, place.scope, RUNNING,
    )  # fmt: skip
    if not rows:
        raise AwsError("ResourceNotFoundException", "Task does not exist.", 404)
    return {"ApproximateNumberOfMessagesMoved": rows[0][0]}


@sqs.operation(on=_source)
def list_message_move_tasks(ctx: Context, params: Params) -> Params:
    """Return the newest tasks of a queue, one unless the request says how many."""
    most = params.get("MaxResults", 1)
    if not 1 <= most <= _MOST_RESULTS:
        raise invalid_value("MaxResults", most, f"Must be between 1 and {_MOST_RESULTS}, if provided.")
    place = _own(ctx, params, "SourceArn")
    if find(ctx.tx, place) is None:
        raise no_resource("SourceArn")
    rows = ctx.tx.sql(
        f"select {COLUMNS} from sqs_move_task where scope = ? and source = ? order by started desc limit ?",
        place.scope, place.name, most,
    )  # fmt: skip
    return {"Results": [_shown(Task(*row), params["SourceArn"]) for row in rows]}


def _shown(task: Task, source: str) -> Params:
    said: Params = {
        "TaskHandle": _handle(task.id, source) if task.status == RUNNING else None,
        "Status": task.status,
        "SourceArn": source,
        "DestinationArn": task.destination or None,
        "MaxNumberOfMessagesPerSecond": task.rate or None,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.total,
        "FailureReason": task.failure or None,
        "StartedTimestamp": int(task.started * 1000),
    }
    return {name: value for name, value in said.items() if value is not None}
