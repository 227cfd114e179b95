"""Bounds how often a secret that is short or chosen by a person may be guessed: in memory, in each gateway by itself.

A code of an MFA device is one of a million, so a caller with a stolen access key could try all of them within minutes. Does
not know what is guessed.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

_MOST = 5  # wrong guesses
_WITHIN = 300.0  # seconds
_MOST_NAMES = 10_000


class Attempts:
    """The wrong guesses of the last minutes, by what was guessed: a device, a user."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = Lock()

    def may_try(self, name: str, now: float) -> bool:
        """Return whether another guess is looked at."""
        with self._lock:
            return len(self._recent(name, now)) < _MOST

    def fail(self, name: str, now: float) -> None:
        """Count a wrong guess."""
        with self._lock:
            self._failed[name] = [*self._recent(name, now), now]
            self._failed.move_to_end(name)
            while len(self._failed) > _MOST_NAMES:
                self._failed.popitem(last=False)

    def _recent(self, name: str, now: float) -> list[float]:
        return [at for at in self._failed.get(name, ()) if at > now - _WITHIN]
