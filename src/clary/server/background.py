"""Background work in a gateway: each service's own, from when it is loaded until the gateway ends."""

from __future__ import annotations

import asyncio
import gc
import logging

from clary.plane import Platform, Service
from clary.plane.outline import Wanted
from clary.store.api import Tx

log = logging.getLogger("clary")


_LOOK = 60.0  # seconds until the first of several gateways looks for work that others have brought


class Background:
    """The tasks of a gateway, for its event loop. The `first` gateway does also what one alone may do, also for services that
    only `others` have loaded."""

    def __init__(self, platform: Platform, *, first: bool = True, others: bool = False) -> None:
        self._platform = platform
        self._first = first
        self._others = others
        self._loop = asyncio.get_running_loop()
        self._tasks: list[asyncio.Task[None]] = []
        self._ending = False

    async def begin(self) -> None:
        """Start the work of loaded services, now and later; load services that have records to work on."""
        self._platform.registry.listen(self._loaded)
        if wanted := await self._wanted():
            self._tasks.append(asyncio.create_task(self._load(wanted)))
        if self._first and self._others:
            self._tasks.append(asyncio.create_task(self._keep_looking()))

    async def end(self) -> None:
        """Cancel all tasks and wait until they have ended."""
        self._ending = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _wanted(self) -> list[str]:
        """Return the services that have records to work on."""
        waiting = [one for one in self._platform.registry.outlines if one.background != Wanted()]
        return await self._platform.store.run(
            lambda tx: [one.name for one in waiting if _has_work(tx, one.background)], write=False
        )

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            try:
                await self._load(await self._wanted())
            except Exception:
                log.exception("could not look for background work; trying again")

    async def _load(self, names: list[str]) -> None:
        for name in names:
            try:
                await self._platform.registry.ready(name)
            except Exception:
                log.exception("%s could not be loaded", name)

    def _loaded(self, service: Service) -> None:
        """Start the background work of a loaded service; the registry calls this in the loading thread. Loaded code lives as
        long as the process, so exclude it from garbage collection."""
        gc.freeze()
        self._loop.call_soon_threadsafe(self._start, service)

    def _start(self, service: Service) -> None:
        if self._ending:
            return
        for work, alone in service.background_work.items():
            if alone and not self._first:
                continue
            task = asyncio.create_task(work(self._platform), name=f"{service.name}: {work.__qualname__}")
            task.add_done_callback(_log_failure)
            self._tasks.append(task)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("background work of %s has failed and does not go on", task.get_name(), exc_info=error)


def _has_work(tx: Tx, wanted: Wanted) -> bool:
    return any(tx.count(kind, None) for kind in wanted.kinds) or any(
        tx.sql(f"SELECT 1 FROM {table} LIMIT 1") for table in wanted.tables
    )
