"""Which process has the pool: the one that holds a lock in the home. The others ask it over a Unix socket beside the lock.

The first process that needs the pool takes the lock, which is a gateway where functions are there when it starts. When it dies, the
next that needs the pool takes it over, and removes the environments that were left. See docs/decisions/0044-functions.md.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from clary.kernel.errors import unavailable
from clary.kernel.folders import private_folder
from clary.plane.port import Plane
from clary.services.lambda_.running import code_folders, execution, line
from clary.services.lambda_.running.order import Order, Outcome
from clary.services.lambda_.running.parts import Parts
from clary.services.lambda_.running.pool import Pool

log = logging.getLogger("clary.lambda")

_LOCK, _SOCKET = "pool.lock", "pool.sock"
_PATIENCE = 10.0  # seconds in which a new owner appears
_FLUSH_SECONDS = 0.5
_SWEEP_TURNS = 240  # flushes between two sweeps of runs that ended and of unused code


@dataclass(slots=True)
class State:
    """One process's own: the pool, if it is its owner, with the lock and what goes on beside it."""

    pool: Pool | None = None
    lock: int = -1
    server: asyncio.Server | None = None
    keeping: asyncio.Task[None] | None = None


def of(platform: Plane) -> State:
    """Return the state of this process; make it at its first use."""
    state: State | None = platform.extras.get("lambda")
    if state is None:
        state = platform.extras["lambda"] = State()
    return state


def folder(platform: Plane) -> Path:
    """Return the folder of the pool, made if it is not there."""
    path = platform.settings.home / "functions"
    private_folder(path)
    return path


# asking ---------------------------------------------------------------------------------------------------------------
async def invoke(platform: Plane, order: Order, payload: bytes, parts: Parts | None = None) -> Outcome:
    """Have an event answered by the pool, wherever it is. Raise ServiceUnavailable where no process has it."""
    until = time.monotonic() + _PATIENCE
    while True:
        pool = of(platform).pool or await claim(platform)
        if pool is not None:
            return await pool.invoke(order, payload, parts)
        try:
            return await line.invoke(folder(platform) / _SOCKET, order, payload, parts)
        except line.NotThere:
            if time.monotonic() > until:
                raise unavailable("No process runs functions at the moment.") from None
            await asyncio.sleep(0.05)


async def provisioned(platform: Plane, scope: str, name: str, qualifier: str) -> tuple[int, bool]:
    """Return how many environments were started ahead for a version or an alias, and whether some could not be."""
    from clary.services.lambda_.running import provisioning

    pool = of(platform).pool  # a question makes no process the owner
    if pool is not None:
        return await provisioning.status(platform, pool, scope, name, qualifier)
    try:
        return await line.provisioned(folder(platform) / _SOCKET, scope, name, qualifier)
    except line.NotThere:
        return 0, False


# having it ------------------------------------------------------------------------------------------------------------
async def claim(platform: Plane) -> Pool | None:
    """Return this process's pool if it has it or nobody has it, else None."""
    state = of(platform)
    if state.pool is not None:
        return state.pool
    lock = _lock(folder(platform) / _LOCK)
    if lock < 0:
        return None
    state.lock, state.pool = lock, Pool(platform)
    try:
        await asyncio.to_thread(_clear, platform)
        state.server = await asyncio.start_unix_server(_serving(platform), sock=_listening(folder(platform)))
        state.keeping = asyncio.get_running_loop().create_task(_keep(platform, state))
    except BaseException:
        _release(state)
        raise
    return state.pool


def _lock(path: Path) -> int:
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return -1
    return lock


def _clear(platform: Plane) -> None:
    """Remove the environments of an owner that ended."""
    _remove(platform, set())
    code_folders.sweep(platform)


def _remove(platform: Plane, known: set[str]) -> None:
    """Stop the runs of environments that are not known, and forget those that have ended."""
    for run in platform.runs.runs():
        if run.startswith(execution.PREFIX) and run not in known:
            platform.runs.stop(run, 0)
            if not platform.runs.goes_on(run):
                platform.runs.forget(run)


def _listening(place: Path) -> socket.socket:
    """Return a listening socket in a folder, whose name may be longer than one of a socket."""
    (place / _SOCKET).unlink(missing_ok=True)
    at = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(f"/proc/self/fd/{at}/{_SOCKET}")
        return listener
    finally:
        os.close(at)


def _serving(platform: Plane) -> line.Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from clary.services.lambda_.running import provisioning

        pool = of(platform).pool
        if pool is None:
            writer.close()
            return
        await line.serve(
            reader, writer, pool.invoke, lambda *asked: provisioning.status(platform, pool, *asked)
        )

    return serve


async def _keep(platform: Plane, state: State) -> None:
    """Store reports, start what is to be there ahead, end what is not asked any more, until cancelled."""
    from clary.services.lambda_.running import provisioning

    turn = 0
    while state.pool is not None:
        await asyncio.sleep(_FLUSH_SECONDS)
        turn += 1
        try:
            await state.pool.reports.flush()
            if turn % 2 == 0:
                await provisioning.keep(platform, state.pool)
            if turn % _SWEEP_TURNS == 0:
                await asyncio.to_thread(_sweep, platform, state.pool)
        except Exception:
            log.exception("the pool of functions could not be looked after; trying again")


def _sweep(platform: Plane, pool: Pool) -> None:
    """Forget runs that ended, and code that nobody names."""
    _remove(platform, {one.run for one in pool.known()})
    code_folders.sweep(platform)


async def leave(platform: Plane) -> None:
    """Give the pool up: end its environments, and let another process have it."""
    state = of(platform)
    if state.pool is not None:
        pool = state.pool
        _release(state)
        await pool.close()


def _release(state: State) -> None:
    if state.keeping is not None:
        state.keeping.cancel()
    if state.server is not None:
        state.server.close()
    os.close(state.lock)
    state.pool, state.server, state.keeping, state.lock = None, None, None, -1
