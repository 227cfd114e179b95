"""Who is told that changes were committed (feed.py). Knows neither the feed nor what anybody does with the news."""

from __future__ import annotations

import logging
from collections.abc import Callable

log = logging.getLogger("clary.store")


class Listeners:
    """Calls back after commits. The commit stands, whatever fails here: its failure is logged."""

    def __init__(self) -> None:
        self._called: list[Callable[[], None]] = []

    def add(self, called: Callable[[], None]) -> None:
        """Call this as well."""
        self._called.append(called)

    def tell(self) -> None:
        """Changes were committed. For any thread."""
        for called in self._called:
            try:
                called()
            except Exception:
                log.exception("a commit could not be told")
