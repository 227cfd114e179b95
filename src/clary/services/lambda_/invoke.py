"""Invoke, InvokeWithResponseStream and InvokeAsync
(https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html)."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.lambda_ import names
from clary.services.lambda_.errors import throttled
from clary.services.lambda_.events import queue
from clary.services.lambda_.functions.noun import find
from clary.services.lambda_.names import Named
from clary.services.lambda_.running import orders, owner, trace
from clary.services.lambda_.running.order import Order, Outcome
from clary.services.lambda_.running.parts import Parts, next_part
from clary.services.lambda_.service import lambda_

Params = dict[str, Any]
_LARGEST = 6_291_456  # bytes of an event that is waited for
_LARGEST_EVENT = 1_048_576  # bytes of one that is not
_CONTEXT = 3583  # bytes of a client context, encoded
_LOOP = "Lambda has detected that this function is invoked in a recursive loop, and has stopped it."


@lambda_.operation(on=names.target, action="InvokeFunction", lane="stream")
async def invoke(ctx: Context, params: Params) -> Params:
    """Have a function answer an event, take the event for later (Event), or only say that the caller may (DryRun)."""
    named, kind = names.of(ctx, params), params.get("InvocationType", "RequestResponse")
    payload = _event(params.get("Payload"), kind)
    order = await _order(ctx, named, params)
    if kind == "DryRun":
        return {"StatusCode": 204, "Payload": b""}
    if kind == "Event":
        await queue.add(ctx.platform, order, named, payload, ctx.business.now)
        return {"StatusCode": 202, "Payload": b""}
    outcome = await owner.invoke(ctx.platform, order, payload)
    if outcome.refused:
        raise throttled(outcome.refused)
    return _answer(outcome, params)


def _answer(outcome: Outcome, params: Params) -> Params:
    answer: Params = {"StatusCode": 200, "Payload": outcome.payload, "ExecutedVersion": outcome.version}
    if outcome.error:
        answer["FunctionError"] = outcome.error
    if params.get("LogType") == "Tail":
        answer["LogResult"] = base64.b64encode(outcome.log.encode()).decode()
    return answer


@lambda_.operation(on=names.target, action="InvokeFunction", lane="stream")
async def invoke_async(ctx: Context, params: Params) -> Params:
    """Take an event for later, as before there was InvocationType."""
    named = names.of(ctx, params)
    payload = _event(await _read(params.get("InvokeArgs") or b""), "Event")
    order = await _order(ctx, named, params)
    await queue.add(ctx.platform, order, named, payload, ctx.business.now)
    return {"Status": 202}


async def _read(body: bytes | AsyncIterator[bytes]) -> bytes:
    """Return a body that streams, cut where it is longer than an event may be."""
    if isinstance(body, bytes):
        return body
    held = bytearray()
    async for part in body:
        held += part
        if len(held) > _LARGEST_EVENT:
            break
    return bytes(held)


@lambda_.operation(on=names.target, action="InvokeFunction", lane="stream")
async def invoke_with_response_stream(ctx: Context, params: Params) -> Params:
    """Have a function answer an event, and pass the answer on while it is made, where its runtime streams."""
    named, kind = names.of(ctx, params), params.get("InvocationType", "RequestResponse")
    payload = _event(params.get("Payload"), kind)
    order = await _order(ctx, named, params)
    answer: Params = {
        "StatusCode": 204 if kind == "DryRun" else 200,
        "ExecutedVersion": order.config["Version"],
    }
    if kind == "DryRun":
        return {**answer, "EventStream": _nothing()}
    parts: Parts = asyncio.Queue(16)
    work = asyncio.ensure_future(owner.invoke(ctx.platform, order, payload, parts))
    first = await next_part(work, parts)
    if first is None and work.result().refused:
        raise throttled(work.result().refused)
    content_type = first[1].decode("latin-1") if first else ""
    answer["ResponseStreamContentType"] = content_type or "application/octet-stream"
    return {**answer, "EventStream": _events(work, parts, params)}


async def _nothing() -> AsyncIterator[Params]:
    return
    yield {}


async def _events(work: asyncio.Future[Outcome], parts: Parts, params: Params) -> AsyncIterator[Params]:
    """Yield the answer as PayloadChunk events, and InvokeComplete at the end."""
    while (part := await next_part(work, parts)) is not None:
        if part[0] == "part":
            yield {"PayloadChunk": {"Payload": part[1]}}
    outcome = work.result()
    complete: Params = {}
    if outcome.error:
        kind, said = _said(outcome.payload)
        complete |= {"ErrorCode": kind, "ErrorDetails": said}
    elif outcome.payload:
        yield {"PayloadChunk": {"Payload": outcome.payload}}
    if params.get("LogType") == "Tail":
        complete["LogResult"] = base64.b64encode(outcome.log.encode()).decode()
    yield {"InvokeComplete": complete}


def _said(payload: bytes) -> tuple[str, str]:
    """Return the type of an error, and the error as text."""
    text = payload.decode("utf-8", "replace")
    try:
        return str(orjson.loads(payload).get("errorType", "Unhandled")), text
    except (ValueError, AttributeError):
        return "Unhandled", text


async def _order(ctx: Context, named: Named, params: Params) -> Order:
    """Return what runs. Raise ResourceNotFound, ResourceConflict, RecursiveInvocation, InvalidRequestContent."""
    order = await orders.order_of(ctx.platform, named, ctx.request_id)
    header = ctx.request.headers.get("x-amzn-trace-id", "") if ctx.request else ""
    passed_on, times = trace.passed_on(header, named.arn, ctx.platform.ids, ctx.now)
    if trace.is_loop(times):
        await _refuse_loop(ctx, named)
    return replace(order, trace=passed_on, client_context=_client_context(params.get("ClientContext")))


async def _refuse_loop(ctx: Context, named: Named) -> None:
    record = await ctx.transact(lambda tx: find(tx, named))
    if record is not None and record.private.get("recursion", "Terminate") == "Terminate":
        raise AwsError("RecursiveInvocationException", _LOOP, 400, {"Type": "User"})


def _client_context(given: str | None) -> str:
    """Return the JSON of a client context. Raise InvalidRequestContent for what is none."""
    if not given:
        return ""
    try:
        if len(given) > _CONTEXT:
            raise ValueError("too long")
        text = base64.b64decode(given, validate=True).decode()
        orjson.loads(text)
    except ValueError:
        raise _unreadable("Client context must be a valid Base64-encoded JSON object.") from None
    return text


def _event(payload: bytes | None, kind: str) -> bytes:
    """Return an event; `{}` for none. Raise RequestEntityTooLarge, and InvalidRequestContent for what is no JSON."""
    most = _LARGEST_EVENT if kind == "Event" else _LARGEST
    if not payload:
        return b"{}"
    if len(payload) > most:
        said = f"Request must be smaller than {most} bytes for the InvokeFunction operation"
        raise AwsError("RequestEntityTooLargeException", said, 413)
    try:
        orjson.loads(payload)
    except ValueError as error:
        raise _unreadable(
            f"Could not parse request body into json: Could not parse payload into json: {error}"
        ) from None
    return payload


def _unreadable(said: str) -> AwsError:
    return AwsError("InvalidRequestContentException", said, 400, {"Type": "User"})
