"""What goes on beside the invocations in the gateway: the routing table, captured data, counted metrics."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass

from clary.plane import Platform
from clary.services.sagemaker_runtime.capture import Capture
from clary.services.sagemaker_runtime.meter import Meter
from clary.services.sagemaker_runtime.routes import Routes
from clary.services.sagemaker_runtime.service import runtime

log = logging.getLogger("clary.runtime")

_REFRESH_SECONDS = 0.5
_FLUSH_SECONDS = 1.0


@dataclass(slots=True)
class State:
    """One gateway's own."""

    routes: Routes
    capture: Capture
    meter: Meter


def of(platform: Platform) -> State:
    """The state of this gateway, made at its first use."""
    state: State | None = platform.extras.get("runtime")
    if state is None:
        state = platform.extras["runtime"] = State(Routes(platform), Capture(platform), Meter(platform))
    return state


@runtime.background
async def keep_routes(platform: Platform) -> None:
    """Refresh the table when the bell rings, and now and then without."""
    state, bell = of(platform), platform.extras["bell"]
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(bell.wait(), _REFRESH_SECONDS)
        bell.clear()
        try:
            await state.routes.refresh()
        except Exception:
            log.exception("the routing table could not be refreshed")


@runtime.background
async def keep_flushing(platform: Platform) -> None:
    """Store captured data and metrics every second, and once more when the gateway ends."""
    state = of(platform)
    try:
        while True:
            await asyncio.sleep(_FLUSH_SECONDS)
            await _flush(state)
    finally:
        await _flush(state)


async def _flush(state: State) -> None:
    for part in (state.capture, state.meter):
        try:
            await part.flush()
        except Exception:
            log.exception("%s could not be stored", type(part).__name__)
