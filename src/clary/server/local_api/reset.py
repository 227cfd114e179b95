"""Empty a platform: records, running programs, objects. The first account stays."""

from __future__ import annotations

import asyncio
import time

from clary.kernel import AwsError, Timeline
from clary.plane import Platform
from clary.runs.api import Executor
from clary.server.assemble import found_again
from clary.server.home import Home
from clary.server.options import Options

_ENDING_SECONDS = 60.0  # how long a reset waits for the programs that it has killed
_PAUSE_SECONDS = 0.02


async def reset(platform: Platform, home: Home, options: Options) -> None:
    """Delete everything, including moves of business time. Raise ServiceUnavailable if a program does not
    end."""
    platform.store.wipe()
    platform.records.wipe()
    platform.clock.timeline = Timeline()
    found_again(home, options, platform)
    platform.authorizer.forget()
    await _end_runs(
        platform.runs
    )  # after the records: a controller would restart a run whose record still exists
    with platform.objects.deleting() as may_delete:
        if may_delete:  # otherwise a backup is copying them, and a later sweep deletes them
            await platform.objects.sweep(set(), older_than=0)


async def _end_runs(runs: Executor) -> None:
    """Kill and forget all runs, including those that a controller was just starting."""
    end = time.monotonic() + _ENDING_SECONDS
    while left := await asyncio.to_thread(runs.runs):
        if time.monotonic() > end:
            message = f"All is forgotten but these runs, which have not ended: {', '.join(left)}."
            raise AwsError("ServiceUnavailable", message, 503)
        for run_id in left:
            await asyncio.to_thread(_end_run, runs, run_id)
        await asyncio.sleep(_PAUSE_SECONDS)
    for lasting in await asyncio.to_thread(runs.lasting):
        await asyncio.to_thread(runs.discard, lasting)


def _end_run(runs: Executor, run_id: str) -> None:
    """Take one step towards the end of a run; the last step forgets it."""
    if runs.inspect(run_id).phase in ("exited", "lost"):
        runs.forget(run_id)
    else:
        runs.stop(run_id, grace=0)
