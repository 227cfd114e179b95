"""Operations of the tests of the pipeline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from clary.plane import Context, Platform, Service
from clary.plane.action import Lane
from tests.plane.tiny import REGION, ROOT

Params = dict[str, Any]
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:model/inner"


def outside(where: Platform, operation: str, **params: Any) -> Params:
    """A call as the gateway makes it."""

    async def answer() -> Params:
        ctx = where.context("sagemaker", operation, ROOT, REGION)
        action = where.action("sagemaker", operation)
        return await where.answer(ctx, action, params, lambda result: result)

    return asyncio.run(answer())


def place_of(ctx: Context) -> str:
    """Where a handler runs, as its answer says it."""
    try:
        asyncio.get_running_loop()
        on = "loop"
    except RuntimeError:
        on = "thread"
    return f"{on}, {'no ' if ctx.tx is None else ''}tx, {ctx.inside=}"


def register(
    service: Service, operation: str, lane: Lane, answer: Callable[[Context], Any], tell: list[str]
) -> None:
    """Let `answer` answer an operation in a lane; what it returns is awaited where the lane is a stream."""

    async def streaming(ctx: Context, params: Params) -> Params:
        tell.append(place_of(ctx))
        found = answer(ctx)
        await asyncio.sleep(0)
        return await found if asyncio.iscoroutine(found) else found

    def plain(ctx: Context, params: Params) -> Params:
        tell.append(place_of(ctx))
        return answer(ctx)

    service.answer(operation, streaming if lane == "stream" else plain, lane=lane)
