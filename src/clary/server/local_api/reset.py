"""Empties a platform: its records, its programs, its objects. The first account stays what it is."""

from __future__ import annotations

import asyncio
import time

from clary.kernel import AwsError, Timeline
from clary.plane import Platform
from clary.runs.api import Executor
from clary.server.assemble import found_account
from clary.server.home import Home
from clary.server.options import Options

_ENDING_SECONDS = 60.0  # that a reset waits for the programs it has killed
_PAUSE_SECONDS = 0.02


async def reset(platform: Platform, home: Home, options: Options) -> None:
    """Forget everything, moves of business time as well. Raise ServiceUnavailable when a program does not end."""
    platform.store.wipe()
    platform.clock.timeline = Timeline()
    found_account(home, options, platform.store)
    platform.authorizer.forget()
    await _end_runs(platform.runs)  # not before the records: a run that still had one would be started again
    with platform.objects.deleting() as may_delete:
        if may_delete:  # else a backup copies them, and a later sweep finds what no row names
            await platform.objects.sweep(set(), older_than=0)


async def _end_runs(runs: Executor) -> None:
    """Kill what runs and forget it, also what a controller was just starting."""
    end = time.monotonic() + _ENDING_SECONDS
    while left := await asyncio.to_thread(runs.runs):
        if time.monotonic() > end:
            message = f"All is forgotten but these runs, which have not ended: {', '.join(left)}."
            raise AwsError("ServiceUnavailable", message, 503)
        for run_id in left:
            await asyncio.to_thread(_end_run, runs, run_id)
        await asyncio.sleep(_PAUSE_SECONDS)


def _end_run(runs: Executor, run_id: str) -> None:
    """One step towards its end; the last is to forget it."""
    if runs.inspect(run_id).phase in ("exited", "lost"):
        runs.forget(run_id)
    else:
        runs.stop(run_id, grace=0)
