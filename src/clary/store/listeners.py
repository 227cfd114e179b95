"""Callbacks after commits that wrote to the change feed. Knows neither the feed nor what the callbacks do."""

from __future__ import annotations

import logging
from collections.abc import Callable

log = logging.getLogger("clary.store")


class Listeners:
    """Calls functions after commits. The commit stands even if one fails; the failure is logged."""

    def __init__(self) -> None:
        self._called: list[Callable[[], None]] = []

    def add(self, called: Callable[[], None]) -> None:
        """Add a function to call after each commit with changes."""
        self._called.append(called)

    def tell(self) -> None:
        """Call all functions. May be called from any thread."""
        for called in self._called:
            try:
                called()
            except Exception:
                log.exception("A listener failed after a commit; the commit stands")
