"""The calls of tasks that go on in this process. They are known to it alone: when it dies, they are made again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from threading import Condition, Thread

from clary.plane.port import Plane
from clary.services.stepfunctions.integrations.calls import Outcome

log = logging.getLogger("clary.stepfunctions")

Key = tuple[str, int, int]
"""Execution, frame, attempt."""
_MOST = 64
_EXTRA = "stepfunctions.calls"
_FAULT = Outcome(error="States.TaskFailed", cause="The call failed inside of the platform.", failed=True)


class Calls:
    """Calls in threads. A result waits until it is taken; `wake` is called for one that nobody waits for here, and returns
    whether anybody still wants it."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._going: dict[Key, Outcome | None] = {}
        self._awaited: set[Key] = set()
        self._running = 0

    def start(self, key: Key, work: Callable[[], Outcome], wake: Callable[[], bool]) -> bool:
        """Start a call that its caller is going to await. Return False if there are too many."""
        with self._changed:
            if key in self._going:
                self._awaited.add(key)
                return True
            if self._running >= _MOST:
                return False
            self._running += 1
            self._going[key] = None
            self._awaited.add(key)
        Thread(target=self._run, args=(key, work, wake), name="stepfunctions-call", daemon=True).start()
        return True

    def _run(self, key: Key, work: Callable[[], Outcome], wake: Callable[[], bool]) -> None:
        try:
            outcome = work()
        except Exception:
            log.exception("a call of %s failed", key[0])
            outcome = _FAULT
        with self._changed:
            self._running -= 1
            self._going[key] = outcome
            is_awaited = key in self._awaited
            self._changed.notify_all()
        if not is_awaited and not wake():
            self.forget(key[0])

    def take(self, key: Key) -> Outcome | None:
        """Return the outcome of a call that has ended, once; None for any other."""
        with self._changed:
            outcome = self._going.get(key)
            if outcome is not None:
                del self._going[key]
                self._awaited.discard(key)
            return outcome

    def is_going(self, key: Key) -> bool:
        """Return whether a call was started here and its outcome was not taken."""
        return key in self._going

    def wait(self, keys: Iterable[Key], seconds: float) -> bool:
        """Wait until one of these calls has ended; return False if none has. Then they wake whom they belong to."""
        wanted = set(keys)
        with self._changed:
            ended = self._changed.wait_for(lambda: any(self._going.get(key) for key in wanted), seconds)
            if not ended:
                self._awaited -= wanted
            return ended

    def forget(self, arn: str) -> None:
        """Drop the outcomes that an execution does not wait for any more."""
        with self._changed:
            for key in [key for key, outcome in self._going.items() if key[0] == arn and outcome is not None]:
                del self._going[key]
                self._awaited.discard(key)


def calls_of(platform: Plane) -> Calls:
    """Return the calls of this process."""
    return platform.extras.setdefault(_EXTRA, Calls())
