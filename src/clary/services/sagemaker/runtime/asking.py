"""Ask the containers of a variant: one, or one after another, each the next with what the one before answered.

A worker that dies meanwhile is asked again once it is back. What is invoked, and what the answer becomes, is in invoke.py.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.sagemaker.runtime import background, lookup
from clary.services.sagemaker.runtime.routes import Container, Route, Variant
from clary.workloads.worker import Answer

# How long an invocation waits for a replica to come back before it is refused.
_RETURN_SECONDS = 10.0
# How long AWS waits for a model that is not loaded yet (https://docs.aws.amazon.com/sagemaker/latest/dg/invoke-multi-model-endpoint.html).
_LOADING_SECONDS = 60.0
_REFUSAL = "x-clary-refusal"
_REFUSED = {"ValidationError": 400, "ModelNotReadyException": 429}
"""By which names a multi-model container's bridge says that the platform refuses an invocation, with HTTP's status."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a variant answered: the container that answered last, and its answer."""

    variant: Variant
    container: str
    answer: Answer


class Invocation:
    """One invocation on its way. `seconds` is how long all containers together may take."""

    def __init__(self, ctx: Context, state: background.State, params: dict[str, Any], seconds: float) -> None:
        self._ctx = ctx
        self._state = state
        self._params = params
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    async def ask(self, route: Route) -> Answered:
        """Return the answer of the last container, or of the first that answers no success."""
        variant = route.choose(self._params.get("TargetVariant"))
        if variant is None:
            raise lookup.no_variant(route, self._params.get("TargetVariant"))
        containers = lookup.asked(self._ctx, route, variant, self._params)
        if variant.multi_model:
            self._end += _LOADING_SECONDS
        _admit(variant)
        try:
            return await self._through(route, variant, containers)
        finally:
            variant.flight.count -= 1

    async def _through(self, route: Route, variant: Variant, containers: tuple[Container, ...]) -> Answered:
        """Tell the first container the type of the body, each other the type of the answer before, the last what is accepted
        (https://sagemaker.readthedocs.io/en/stable/api/inference/pipeline.html)."""
        content_type, body = self._params.get("ContentType", ""), self._params.get("Body", b"")
        for container in containers[:-1]:
            answer = await self._of(route, variant, container, self._head(content_type, ""), body)
            if not 200 <= answer.status < 300:
                return Answered(variant, container.name, answer)
            body = await joined(answer, self._left(), container.name)
            content_type = answer.headers.get("content-type", "")
        last = containers[-1]
        head = self._head(content_type, self._params.get("Accept", ""))
        return Answered(variant, last.name, await self._of(route, variant, last, head, body))

    def _head(self, content_type: str, accept: str) -> bytes:
        params = self._params
        return _head(
            content_type,
            accept,
            params.get("CustomAttributes", ""),
            params.get("InferenceId", ""),
            params.get("TargetModel", ""),
        )

    def _left(self) -> float:
        return max(0.001, self._end - time.monotonic())

    async def _of(
        self, route: Route, variant: Variant, container: Container, head: bytes, body: bytes
    ) -> Answer:
        """Return what a container answers. If its worker dies meanwhile, ask it again once it is back."""
        deadline = time.monotonic() + _RETURN_SECONDS
        while True:
            worker = container.pick() or await container.connect()
            if worker is not None:
                try:
                    answer = await worker.send(head, body, self._left())
                    return self._unless_refused(route, variant, container, answer)
                except TimeoutError:
                    self._state.meter.add(route, variant.name, 500, self._seconds)
                    raise timed_out(container.name) from None
                except ConnectionError:
                    pass
            if time.monotonic() > deadline:
                raise AwsError("ServiceUnavailable", f"No worker of endpoint {route.name} answers.", 503)
            await self._state.routes.change(0.2)
            route = await lookup.find_route(self._ctx, self._state, self._params)
            container = _same(route, variant, container)

    def _unless_refused(self, route: Route, variant: Variant, container: Container, answer: Answer) -> Answer:
        """Return an answer of the container's own; raise what the platform refuses in its place."""
        code = answer.headers.get(_REFUSAL, "") if container.multi_model else ""
        if code not in _REFUSED:
            return answer
        self._state.meter.add(route, variant.name, _REFUSED[code], 0.0)
        raise AwsError(code, answer.body.decode("utf-8", "replace"), _REFUSED[code])


def _same(route: Route, variant: Variant, container: Container) -> Container:
    """Return the container as a newer route has it. An update may have taken it away: then the old one is asked in vain."""
    newer = route.variants.get(variant.name)
    found = newer.containers if newer else ()
    return next((one for one in found if one.name == container.name), container)


def _admit(variant: Variant) -> None:
    """Raise ThrottlingException if a serverless variant has MaxConcurrency invocations under way."""
    if variant.concurrency and variant.flight.count >= variant.concurrency:
        raise AwsError("ThrottlingException", "Rate exceeded", 429)
    variant.flight.count += 1


@lru_cache(maxsize=512)
def _head(content_type: str, accept: str, attributes: str, inference_id: str, target: str) -> bytes:
    """Return the headers that reach the container, as JSON; all others are left out, as on AWS."""
    given = {
        "content-type": content_type,
        "accept": accept,
        "x-amzn-sagemaker-custom-attributes": attributes,
        "x-amzn-sagemaker-inference-id": inference_id,
        "x-amzn-sagemaker-target-model": target,
    }
    return orjson.dumps({name: value for name, value in given.items() if value})


async def joined(answer: Answer, seconds: float, container: str) -> bytes:
    """Return a streamed answer in one piece. Raise ModelError if the model takes too long or breaks off."""
    if answer.parts is None:
        return answer.body
    try:
        async with asyncio.timeout(seconds):
            return await answer.whole()
    except TimeoutError:
        raise timed_out(container) from None
    except ConnectionError as error:
        message = f'Received server error (0) from {container} with message "{error}".'
        members = {"OriginalStatusCode": 0, "OriginalMessage": str(error)}
        raise AwsError("ModelError", message, 424, members) from None


def timed_out(container: str) -> AwsError:
    message = (
        f'Received server error (0) from {container} with message "Your invocation timed out while waiting for a response '
        f"from container {container}. Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, "
        'and try again.".'
    )
    return AwsError("ModelError", message, 424, {"OriginalStatusCode": 0, "OriginalMessage": message})
