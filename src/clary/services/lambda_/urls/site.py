"""Function URLs: `https://ID.lambda-url.REGION.on.aws/`, or `http://ID.lambda-url.REGION.localhost:PORT/`.

Who may ask is what the function's policy and, for AWS_IAM, the caller's own say
(https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson

from clary.kernel import AwsError, Caller
from clary.plane.sites import Bounds, Visit
from clary.plane.sites.signed import caller_of
from clary.services.lambda_.names import Named
from clary.services.lambda_.running import orders, owner, trace
from clary.services.lambda_.running.order import Order, Outcome
from clary.services.lambda_.running.parts import Parts, next_part
from clary.services.lambda_.service import lambda_
from clary.services.lambda_.urls import answer, configuration, cors
from clary.services.lambda_.urls.configuration import Url
from clary.services.lambda_.urls.event import event_of
from clary.wire import Response

_BODY = 6 << 20
_PRELUDE = 1 << 20  # bytes of the head of a streamed answer
_END = b"\0" * 8
_INTEGRATION = "application/vnd.awslambda.http-integration-response"


async def visitor(visit: Visit) -> Caller:
    """Return who asks. Raise AccessDenied where the policies do not let it in, and for a host that no function has."""
    url = await visit.ctx.transact(lambda tx: configuration.by_id(tx, visit.labels["id"]))
    if url is None or url.scope.partition("/")[2] != visit.ctx.region:
        raise _forbidden()
    if visit.request.method == "OPTIONS" and url.doc.get("Cors"):
        return Caller.anonymous()
    kind = url.doc["AuthType"]
    caller = await caller_of(visit, "lambda") if kind == "AWS_IAM" else Caller.anonymous()
    named = _named(visit, url)
    try:
        keys = {"lambda:FunctionUrlAuthType": kind}
        await visit.authorize("lambda:InvokeFunctionUrl", named.qualified, keys, caller)
    except AwsError:
        raise _forbidden() from None
    return caller


def _forbidden() -> AwsError:
    return AwsError("AccessDeniedException", "Forbidden", 403)


def _refuse(visit: Visit, error: AwsError) -> Response:
    return answer.refused(error.status, {"Message": error.message})


def _named(visit: Visit, url: Url) -> Named:
    account, _, region = url.scope.partition("/")
    return Named(visit.ctx.partition, region, account, url.name, url.qualifier)


@lambda_.site(
    host=("{id}.lambda-url.{region}.on.aws", "{id}.lambda-url.{region}.{platform}"),
    verify=visitor,
    refuse=_refuse,
    bounds=Bounds(body=_BODY),
)
async def function_url(visit: Visit) -> Response:
    """Have the function answer a request."""
    url = await visit.ctx.transact(lambda tx: configuration.by_id(tx, visit.labels["id"]))
    if url is None:
        raise _forbidden()
    rules = url.doc.get("Cors") or {}
    asked = visit.request.headers
    if visit.request.method == "OPTIONS" and rules:
        return Response(200, cors.headers_of(rules, asked, preflight=True), b"")
    response = await _answered(visit, url)
    response.headers += cors.headers_of(rules, asked, preflight=False) if rules else []
    return response


async def _answered(visit: Visit, url: Url) -> Response:
    order = await _order(visit, _named(visit, url))
    payload = orjson.dumps(event_of(visit, url, await visit.body()))
    if url.doc["InvokeMode"] == "RESPONSE_STREAM":
        return await _streamed(visit, order, payload)
    outcome = await owner.invoke(visit.ctx.platform, order, payload)
    return _whole(outcome)


async def _order(visit: Visit, named: Named) -> Order:
    ctx = visit.ctx
    order = await orders.order_of(ctx.platform, named, ctx.request_id)
    header = visit.request.headers.get("x-amzn-trace-id", "")
    passed_on, _ = trace.passed_on(header, named.arn, ctx.platform.ids, ctx.now)
    return replace(order, trace=passed_on)


def _whole(outcome: Outcome) -> Response:
    if outcome.refused:
        return answer.refused(429, {"Reason": outcome.refused, "Type": "User", "message": "Rate Exceeded."})
    return answer.failed() if outcome.error else answer.response_of(outcome.payload)


# answers that stream ------------------------------------------------------------------------------------------------------
async def _streamed(visit: Visit, order: Order, payload: bytes) -> Response:
    """Pass on what a function streams; its first part may say status and headers."""
    parts: Parts = asyncio.Queue(16)
    work = asyncio.ensure_future(owner.invoke(visit.ctx.platform, order, payload, parts))
    first = await next_part(work, parts)
    if first is None:
        outcome = work.result()
        plain = not outcome.error and not outcome.refused
        return (
            Response(200, [("content-type", "application/json")], outcome.payload)
            if plain
            else _whole(outcome)
        )
    content_type = first[1].decode("latin-1")
    if not content_type.startswith(_INTEGRATION):
        return Response(
            200, [("content-type", content_type or "application/octet-stream")], _rest(work, parts, b"")
        )
    said, rest = await _prelude(work, parts)
    head = answer.head_of(said)
    if head is None:
        work.cancel()
        return answer.failed()
    return Response(head[0], head[1], _rest(work, parts, rest))


async def _prelude(work: asyncio.Future[Outcome], parts: Parts) -> tuple[dict[str, Any], bytes]:
    """Return the head that a streamed answer begins with, and the bytes behind it."""
    held = b""
    while _END not in held and len(held) < _PRELUDE:
        part = await next_part(work, parts)
        if part is None:
            break
        held += part[1]
    head, _, rest = held.partition(_END)
    try:
        said = orjson.loads(head)
    except ValueError:
        return {"statusCode": 0}, b""
    return said if isinstance(said, dict) else {"statusCode": 0}, rest


async def _rest(work: asyncio.Future[Outcome], parts: Parts, held: bytes) -> AsyncIterator[bytes]:
    if held:
        yield held
    while (part := await next_part(work, parts)) is not None:
        yield part[1]
    if work.result().error:
        raise ConnectionError("the function broke off")
