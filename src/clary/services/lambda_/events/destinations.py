"""Where the outcome of an asynchronous event is told: a destination of success or failure, a dead-letter queue.

It is sent as the function's role, as on AWS (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from clary.kernel import Arn, AwsError, Caller
from clary.plane.port import Plane
from clary.services.lambda_.running.order import Order
from clary.services.lambda_.running.reports import Stream, acting

if TYPE_CHECKING:
    from clary.services.lambda_.events.queue import Event

log = logging.getLogger("clary.lambda")

Params = dict[str, Any]
_MESSAGE = 1024  # bytes of ErrorMessage


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an event: `condition` is Success, RetriesExhausted or EventAgeExceeded."""

    condition: str
    attempts: int
    payload: bytes = b""
    error: str = ""
    version: str = ""


Forward = Callable[[Caller, str, bytes], Awaitable[None]]
"""Gives a function that is a destination (its ARN) an event, as somebody."""


async def tell(
    platform: Plane, order: Order, event: Event, wanted: Params, result: Result, forward: Forward
) -> None:
    """Send the record of an event where the configuration says. What cannot be sent is logged, and lost, as on AWS."""
    which = "OnSuccess" if result.condition == "Success" else "OnFailure"
    target = (wanted.get("DestinationConfig") or {}).get(which, {}).get("Destination")
    letters = order.config.get("DeadLetterConfig", {}).get("TargetArn") if which == "OnFailure" else None
    try:
        caller = await _caller(platform, order) if target or letters else None
        if target and caller:
            record = _record(order, result, event, platform.clock.now())
            if Arn.parse(target).service == "lambda":
                await forward(caller, target, orjson.dumps(record))
            else:
                await _send(platform, caller, target, record, order, which, event.trace)
        if letters and caller:
            await _send_letter(platform, caller, letters, event, result)
    except AwsError as error:
        log.warning("the record of an event of %s could not be sent: %s", order.name, error)


async def _caller(platform: Plane, order: Order) -> Caller:
    stream = Stream(order.scope, "", "", order.config["Role"], order.config["FunctionArn"])
    return await platform.store.run(lambda tx: acting(platform, tx, stream), write=False)


def _record(order: Order, result: Result, event: Event, now: float) -> Params:
    arn = event.named.exact
    response = {"statusCode": 200, "executedVersion": result.version or order.config["Version"]}
    said = _json(result.payload) if result.payload else None
    return {
        "version": "1.0",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z",
        "requestContext": {
            "requestId": event.id,
            "functionArn": arn,
            "condition": result.condition,
            "approximateInvokeCount": result.attempts,
        },
        "requestPayload": orjson.loads(event.payload),
        **(
            {"responseContext": {**response, **({"functionError": result.error} if result.error else {})}}
            if said is not None or result.payload
            else {}
        ),
        **({"responsePayload": said} if result.payload else {}),
    }


def _json(payload: bytes) -> Any:
    try:
        return orjson.loads(payload)
    except ValueError:
        return payload.decode("utf-8", "replace")


async def _send(
    platform: Plane, caller: Caller, target: str, record: Params, order: Order, which: str, trace: str
) -> None:
    arn, text = Arn.parse(target), orjson.dumps(record).decode()
    if arn.service == "sqs":
        await _send_message(platform, caller, arn, {"MessageBody": text}, trace)
    elif arn.service == "sns":
        await platform.aperform("sns", "Publish", {"TopicArn": target, "Message": text}, caller, arn.region)
    elif arn.service == "events":
        await _put_event(platform, caller, arn, text, order, which)
    else:
        await _put_object(platform, caller, arn, text, order, record)


async def _put_event(platform: Plane, caller: Caller, arn: Arn, text: str, order: Order, which: str) -> None:
    entry = {
        "Source": "lambda",
        "DetailType": f"Lambda Function Invocation Result - {'Success' if which == 'OnSuccess' else 'Failure'}",
        "Detail": text,
        "EventBusName": str(arn),
        "Resources": [str(arn), order.config["FunctionArn"]],
    }
    await platform.aperform("events", "PutEvents", {"Entries": [entry]}, caller, arn.region)


async def _put_object(
    platform: Plane, caller: Caller, arn: Arn, text: str, order: Order, record: Params
) -> None:
    now = time.gmtime(platform.clock.now())
    day, id = time.strftime("%Y/%m/%d/%Y-%m-%dT%H.%M.%S", now), record["requestContext"]["requestId"]
    key = f"aws/lambda/async/{order.name}/{day}-{id}"
    body = {"Bucket": arn.resource, "Key": key, "Body": text.encode()}
    await platform.aperform("s3", "PutObject", body, caller, order.scope.partition("/")[2])


async def _send_letter(platform: Plane, caller: Caller, target: str, event: Event, result: Result) -> None:
    """Send the event itself, with what went wrong as attributes."""
    arn, said = Arn.parse(target), _json(result.payload) if result.payload else {}
    message = said.get("errorMessage", "") if isinstance(said, dict) else ""
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": event.id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        **(
            {"ErrorMessage": {"DataType": "String", "StringValue": str(message)[:_MESSAGE]}}
            if message
            else {}
        ),
    }
    if arn.service == "sqs":
        letter = {"MessageBody": event.payload, "MessageAttributes": attributes}
        await _send_message(platform, caller, arn, letter, event.trace)
    else:
        letter = {"TopicArn": target, "Message": event.payload, "MessageAttributes": attributes}
        await platform.aperform("sns", "Publish", letter, caller, arn.region)


async def _send_message(platform: Plane, caller: Caller, arn: Arn, message: Params, trace: str) -> None:
    """Send a message with the trace, by which a loop through a queue is noticed (recorded: AWSTraceHeader)."""
    endpoint = platform.settings.endpoint.rstrip("/")
    url = f"{endpoint}/{arn.account}/{arn.resource}"
    traced = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}}
    await platform.aperform(
        "sqs",
        "SendMessage",
        {"QueueUrl": url, **message, "MessageSystemAttributes": traced},
        caller,
        arn.region,
    )
