"""InvokeEndpoint and its streaming sister: hand the body to a variant, say what it said."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.sagemaker.runtime import background
from clary.services.sagemaker.runtime.asking import Answered, Invocation, joined
from clary.services.sagemaker.runtime.lookup import find_route, known_route
from clary.services.sagemaker.runtime.routes import Route
from clary.services.sagemaker.runtime.service import runtime
from clary.workloads.worker import Answer

_INVOCATION_SECONDS = 60.0
_STREAM_SECONDS = 480.0


@runtime.operation(on="endpoint/{EndpointName}")
async def invoke_endpoint(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    state = background.of(ctx.platform)
    route = known_route(ctx, state, params) or await find_route(ctx, state, params)
    began = time.monotonic()
    answered = await Invocation(ctx, state, params, _INVOCATION_SECONDS).ask(route)
    answer, variant = answered.answer, answered.variant
    body = await joined(answer, _INVOCATION_SECONDS, answered.container)
    try:
        _judge(ctx, state, route, answered, body, began)
        content_type = answer.headers.get("content-type", "application/octet-stream")
        if route.capture:
            state.capture.add(ctx, route, variant, params, body, content_type)
    finally:
        if not state.is_kept:
            await background.flush(state)
    return {
        "Body": body,
        "ContentType": content_type,
        "InvokedProductionVariant": variant.name,
        "CustomAttributes": answer.headers.get("x-amzn-sagemaker-custom-attributes"),
    }


@runtime.operation(on="endpoint/{EndpointName}", action="InvokeEndpointWithResponseStream")
async def invoke_endpoint_with_response_stream(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    state = background.of(ctx.platform)
    route = await find_route(ctx, state, params)
    began = time.monotonic()
    answered = await Invocation(ctx, state, params, _STREAM_SECONDS).ask(route)
    answer, variant = answered.answer, answered.variant
    if answer.status >= 300:
        body = await joined(answer, _STREAM_SECONDS, answered.container)
        _judge(ctx, state, route, answered, body, began)
    state.meter.add(route, variant.name, answer.status, time.monotonic() - began)
    if not state.is_kept:
        await background.flush(state)
    return {
        "Body": _events(answer),
        "ContentType": answer.headers.get("content-type", "application/octet-stream"),
        "InvokedProductionVariant": variant.name,
        "CustomAttributes": answer.headers.get("x-amzn-sagemaker-custom-attributes"),
    }


# AWS sends parts of no more than about this size (bytes).
_PART = 128 * 1024


async def _events(answer: Answer) -> AsyncIterator[dict[str, Any]]:
    """Yield the body as PayloadPart events; end with a ModelStreamError if the model breaks off or does not end."""
    try:
        async for part in answer.stream():
            for start in range(0, len(part), _PART):
                yield {"PayloadPart": {"Bytes": part[start : start + _PART]}}
    except ConnectionError as error:
        yield {"ModelStreamError": {"Message": str(error), "ErrorCode": "StreamBroken"}}
    except TimeoutError:
        message = "The model failed to finish sending the response within the timeout period."
        yield {"ModelStreamError": {"Message": message, "ErrorCode": "ModelInvocationTimeExceeded"}}


def _judge(
    ctx: Context,
    state: background.State,
    route: Route,
    answered: Answered,
    body: bytes,
    began: float,
) -> None:
    """Count the answer, and raise ModelError for one that is no success."""
    status = answered.answer.status
    state.meter.add(route, answered.variant.name, status, time.monotonic() - began)
    if 200 <= status < 300:
        return
    group = f"/aws/sagemaker/Endpoints/{route.name}"
    text = body.decode("utf-8", "replace")
    side = "server" if status >= 500 else "client"
    link = f"https://{ctx.region}.console.aws.amazon.com/cloudwatch/home?region={ctx.region}#logEventViewer:group={group}"
    message = (
        f'Received {side} error ({status}) from {answered.container} with message "{text}". '
        f"See {link} in account {ctx.account} for more information."
    )
    members = {
        "OriginalStatusCode": status,
        "OriginalMessage": text,
        "LogStreamArn": f"arn:{ctx.partition}:logs:{ctx.region}:{ctx.account}:log-group:{group}",
    }
    raise AwsError("ModelError", message, 424, members)
