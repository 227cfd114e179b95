"""Store a process's counts of calls, and who used which service last, every few seconds and once more at its end, in a thread."""

from __future__ import annotations

import logging
from threading import Event, Thread

from clary.plane import Platform
from clary.plane.last_use import last_use_of
from clary.plane.metering import EVERY, metering_of

log = logging.getLogger("clary.usage")


class CountKeeper:
    """Starts when it is created."""

    def __init__(self, platform: Platform, every: float = EVERY) -> None:
        self._platform = platform
        self._metering = metering_of(platform)
        self._last_use = last_use_of(platform)
        self._every = every
        self._ending = Event()
        self._thread = Thread(target=self._run, name="clary-usage", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Store what is left."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.wait(self._every):
            self._store()
        self._store()

    def _store(self) -> None:
        for collected in (self._metering, self._last_use):
            try:
                collected.store(self._platform)
            except Exception:
                log.exception("could not store counts of calls or last uses; trying again")
