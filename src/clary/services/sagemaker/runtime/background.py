"""What goes on beside the invocations in the gateway: the routing table, captured data, counted metrics."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from clary.plane import Platform
from clary.plane.port import Plane
from clary.services.sagemaker.hosting.traffic import ENDPOINT
from clary.services.sagemaker.runtime.capture import Capture
from clary.services.sagemaker.runtime.meter import Meter
from clary.services.sagemaker.runtime.routes import Routes
from clary.services.sagemaker.runtime.service import runtime

log = logging.getLogger("clary.runtime")

_REFRESH_SECONDS = 5.0  # signals are hints: one that was lost costs no more than this
_FLUSH_SECONDS = 1.0


@dataclass(slots=True)
class State:
    """One process's own. `is_kept` where this module's background work goes on, which it does in gateways; elsewhere (a
    controller that invokes an endpoint) each invocation looks its route up and stores what it has counted."""

    routes: Routes
    capture: Capture
    meter: Meter
    is_kept: bool = False


def of(platform: Plane) -> State:
    """Return the state of this process; make it at its first use."""
    state: State | None = platform.extras.get("runtime")
    if state is None:
        state = platform.extras["runtime"] = State(Routes(platform), Capture(platform), Meter(platform))
    return state


@runtime.background(kinds=(ENDPOINT,))
async def keep_routes(platform: Platform) -> None:
    """Refresh the table when endpoints change, and now and then without."""
    state = of(platform)
    state.is_kept = True
    with platform.signals.watch(ENDPOINT) as changes:
        while True:
            try:
                await state.routes.refresh()
            except Exception:
                log.exception("could not refresh the routing table; trying again")
            await changes.wait(_REFRESH_SECONDS)


@runtime.background
async def keep_flushing(platform: Platform) -> None:
    """Store captured data and metrics every second, and once more when the gateway ends."""
    state = of(platform)
    try:
        while True:
            await asyncio.sleep(_FLUSH_SECONDS)
            await flush(state)
    finally:
        await flush(state)


async def flush(state: State) -> None:
    """Store what was captured and counted. What fails is logged, and tried again the next time."""
    for part in (state.capture, state.meter):
        try:
            await part.flush()
        except Exception:
            log.exception("%s could not be stored", type(part).__name__)
