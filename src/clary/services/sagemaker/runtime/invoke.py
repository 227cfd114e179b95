"""InvokeEndpoint and its streaming sister: choose a variant, hand the body to a worker, say what it said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.sagemaker.runtime import background
from clary.services.sagemaker.runtime.routes import Route, Variant
from clary.services.sagemaker.runtime.service import runtime
from clary.services.sagemaker.runtime.worker import Answer

_INVOCATION_SECONDS = 60.0
_STREAM_SECONDS = 480.0
# How long an invocation waits for a replica to come back before it is refused.
_RETURN_SECONDS = 10.0
_ABSENT = frozenset(
    ("TargetModel", "TargetContainerHostname", "InferenceComponentName", "EnableExplanations", "SessionId")
)


@runtime.operation(on="endpoint/{EndpointName}")
async def invoke_endpoint(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    state = background.of(ctx.platform)
    route = _known_route(ctx, state, params) or await _route(ctx, state, params)
    began = time.monotonic()
    variant, answer = await _invoke(ctx, state, route, params, params.get("Accept", ""), _INVOCATION_SECONDS)
    body = answer.body if answer.parts is None else await _joined(answer, _INVOCATION_SECONDS)
    try:
        _judge(ctx, state, route, variant, answer.status, body, began)
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
    route = await _route(ctx, state, params)
    began = time.monotonic()
    variant, answer = await _invoke(ctx, state, route, params, params.get("Accept", ""), _STREAM_SECONDS)
    if answer.status >= 300:
        body = await _joined(answer, _STREAM_SECONDS)
        _judge(ctx, state, route, variant, answer.status, body, began)
    state.meter.add(route, variant.name, answer.status, time.monotonic() - began)
    if not state.is_kept:
        await background.flush(state)
    return {
        "Body": _events(answer),
        "ContentType": answer.headers.get("content-type", "application/octet-stream"),
        "InvokedProductionVariant": variant.name,
        "CustomAttributes": answer.headers.get("x-amzn-sagemaker-custom-attributes"),
    }


async def _joined(answer: Answer, seconds: float) -> bytes:
    """Return a streamed answer in one piece. Raise ModelError if the model takes too long or breaks off."""
    try:
        async with asyncio.timeout(seconds):
            return await answer.whole()
    except TimeoutError:
        raise _timed_out() from None
    except ConnectionError as error:
        message = f'Received server error (0) from primary with message "{error}".'
        members = {"OriginalStatusCode": 0, "OriginalMessage": str(error)}
        raise AwsError("ModelError", message, 424, members) from None


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


def _known_route(ctx: Context, state: background.State, params: dict[str, Any]) -> Route | None:
    """Return the endpoint's route if the table has one that takes this invocation as it is."""
    route = state.routes.get(ctx.scope, params["EndpointName"]) if state.is_kept else None
    if route is None or not _can_take(route, params.get("TargetVariant")) or not _ABSENT.isdisjoint(params):
        return None
    return route


async def _route(ctx: Context, state: background.State, params: dict[str, Any]) -> Route:
    """Return the endpoint's route. Raise AWS's ValidationError if it cannot be invoked."""
    name = params["EndpointName"]
    route = state.routes.get(ctx.scope, name)
    if route is None or not state.is_kept or not _can_take(route, params.get("TargetVariant")):
        # Describe may have shown a moment ago what the table has not heard of yet.
        route = await state.routes.find(ctx.scope, name)
    if route is None:
        raise AwsError("ValidationError", f"Endpoint {name} of account {ctx.account} not found.")
    if not route.variants:
        raise AwsError(
            "ValidationError",
            f"Endpoint {name} of account {ctx.account} is not in service: it is {route.status}.",
        )
    if not _ABSENT.isdisjoint(params):
        member = next(member for member in params if member in _ABSENT)
        raise AwsError("ValidationError", f"Endpoint {name} does not support {member}.")
    return route


def _can_take(route: Route, target: str | None) -> bool:
    return bool(route.variants) and (target is None or target in route.variants)


async def _invoke(
    ctx: Context, state: background.State, route: Route, params: dict[str, Any], accept: str, seconds: float
) -> tuple[Variant, Answer]:
    """Return the variant that answered, and its answer. If a worker dies meanwhile, ask it again once it is back."""
    head = _head(
        params.get("ContentType", ""),
        accept,
        params.get("CustomAttributes", ""),
        params.get("InferenceId", ""),
    )
    deadline = time.monotonic() + _RETURN_SECONDS
    while True:
        variant = route.choose(params.get("TargetVariant"))
        if variant is None:
            raise _no_variant(route, params.get("TargetVariant"))
        worker = variant.pick() or await variant.connect()
        if worker is not None:
            _admit(variant)
            try:
                return variant, await worker.send(head, params.get("Body", b""), seconds)
            except TimeoutError:
                state.meter.add(route, variant.name, 500, seconds)
                raise _timed_out() from None
            except ConnectionError:
                pass
            finally:
                variant.flight.count -= 1
        if time.monotonic() > deadline:
            raise AwsError("ServiceUnavailable", f"No worker of endpoint {route.name} answers.", 503)
        await state.routes.change(0.2)
        route = await _route(ctx, state, params)


def _no_variant(route: Route, target: str | None) -> AwsError:
    said = f"Variant {target} not found" if target else "No variant has a weight above zero"
    return AwsError("ValidationError", f"{said} for endpoint {route.name}.")


def _admit(variant: Variant) -> None:
    """Raise ThrottlingException if a serverless variant has MaxConcurrency invocations under way."""
    if variant.concurrency and variant.flight.count >= variant.concurrency:
        raise AwsError("ThrottlingException", "Rate exceeded", 429)
    variant.flight.count += 1


@lru_cache(maxsize=512)
def _head(content_type: str, accept: str, attributes: str, inference_id: str) -> bytes:
    """Return the headers that reach the container, as JSON; all others are left out, as on AWS."""
    given = {
        "content-type": content_type,
        "accept": accept,
        "x-amzn-sagemaker-custom-attributes": attributes,
        "x-amzn-sagemaker-inference-id": inference_id,
    }
    return orjson.dumps({name: value for name, value in given.items() if value})


def _judge(
    ctx: Context,
    state: background.State,
    route: Route,
    variant: Variant,
    status: int,
    body: bytes,
    began: float,
) -> None:
    """Count the answer, and raise ModelError for one that is no success."""
    state.meter.add(route, variant.name, status, time.monotonic() - began)
    if 200 <= status < 300:
        return
    group = f"/aws/sagemaker/Endpoints/{route.name}"
    text = body.decode("utf-8", "replace")
    side = "server" if status >= 500 else "client"
    link = f"https://{ctx.region}.console.aws.amazon.com/cloudwatch/home?region={ctx.region}#logEventViewer:group={group}"
    message = (
        f'Received {side} error ({status}) from primary with message "{text}". '
        f"See {link} in account {ctx.account} for more information."
    )
    members = {
        "OriginalStatusCode": status,
        "OriginalMessage": text,
        "LogStreamArn": f"arn:{ctx.partition}:logs:{ctx.region}:{ctx.account}:log-group:{group}",
    }
    raise AwsError("ModelError", message, 424, members)


def _timed_out() -> AwsError:
    message = (
        'Received server error (0) from primary with message "Your invocation timed out while waiting for a response '
        "from container primary. Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, "
        'and try again.".'
    )
    return AwsError("ModelError", message, 424, {"OriginalStatusCode": 0, "OriginalMessage": message})
