"""ReceiveMessage (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html)."""

from __future__ import annotations

from collections.abc import Mapping

from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.records.api import Delivery
from clary.services.sqs import encryption, received, waiting
from clary.services.sqs.errors import invalid_value
from clary.services.sqs.in_flight import check_in_flight
from clary.services.sqs.meter import Meter
from clary.services.sqs.names import Params, target
from clary.services.sqs.queue import Queue, queue_for
from clary.services.sqs.service import sqs
from clary.services.sqs.taking import Taken, Wanted, give_back, take

_ACCEPTS = Members(
    "QueueUrl AttributeNames MessageSystemAttributeNames MessageAttributeNames MaxNumberOfMessages VisibilityTimeout"
    " WaitTimeSeconds ReceiveRequestAttemptId"
)


@sqs.operation(on=target, accepts=_ACCEPTS)
async def receive_message(ctx: Context, params: Params) -> Params:
    """Take messages out, and hide them for a while; wait for the first where the queue or the request says so."""
    received.check_names(params)
    wanted = _wanted(params)
    queue = await queue_for(ctx, params)
    await check_in_flight(ctx.platform, queue)
    seconds = _between(params, "WaitTimeSeconds", 0, 20, queue.number("ReceiveMessageWaitTimeSeconds"))
    taken = await waiting.poll(ctx, queue, lambda: take(ctx.platform, queue, wanted), seconds)
    Meter.of(ctx.platform).received(queue, len(taken.deliveries))
    messages = await _opened(ctx, queue, taken, params)
    return {"Messages": messages} if messages else {}


def _wanted(params: Params) -> Wanted:
    most = params.get("MaxNumberOfMessages", 1)
    if not 1 <= most <= 10:
        raise invalid_value("MaxNumberOfMessages", most, "Must be between 1 and 10, if provided.")
    hidden = _between(params, "VisibilityTimeout", 0, 43_200, None)
    return Wanted(most, hidden, params.get("ReceiveRequestAttemptId", ""))


def _between(params: Mapping[str, int], name: str, low: int, high: int, default: int | None) -> int:
    """Return a number of seconds. Raise InvalidParameterValue (recorded: test_send_receive_wait_time_seconds)."""
    given = params.get(name)
    if given is None:
        return default if default is not None else -1
    if not low <= given <= high:
        raise invalid_value(name, given, f"Must be >= {low} and <= {high}, if provided.")
    return given


async def _opened(ctx: Context, queue: Queue, taken: Taken, params: Params) -> list[Params]:
    """Return what the messages say; put them back where they cannot be read."""
    try:
        return [await _shown(ctx, queue, one, taken.at, params) for one in taken.deliveries]
    except AwsError:
        await give_back(ctx.platform, queue, taken)
        raise


async def _shown(ctx: Context, queue: Queue, one: Delivery, at: float, params: Params) -> Params:
    origin, content = await encryption.open_(ctx, queue, one.body)
    return received.shown(ctx, queue, one, at, origin, content, params)
