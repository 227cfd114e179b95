"""Writes events into a run. What they show is text already, as GetExecutionHistory returns it."""

from __future__ import annotations

from typing import Any

from clary.services.stepfunctions.interpreter.outside import Outside
from clary.services.stepfunctions.interpreter.run import Frame, Run

MOST_EVENTS = 25_000
"""Events of a history ("Maximum execution history size" of the quotas)."""
_WHOLE = {"truncated": False}


class Journal:
    """The events of a run."""

    def __init__(self, run: Run, outside: Outside) -> None:
        self._run = run
        self._outside = outside

    def add(
        self,
        frame: Frame,
        kind: str,
        member: str = "",
        details: dict[str, Any] | None = None,
        *,
        prev: int | None = None,
        chained: bool = True,
    ) -> int:
        """Add an event and return its id. It follows the frame's last one unless `prev` says otherwise; the next one
        follows it if it is `chained`."""
        run = self._run
        number = run.next_event
        run.next_event = number + 1
        event = {"i": number, "p": frame.prev if prev is None else prev, "t": self._outside.now(), "y": kind}
        if details is not None:
            event["k"], event["d"] = member, details
        run.events.append(event)
        if chained:
            frame.prev = number
        return number

    @property
    def is_full(self) -> bool:
        """Whether there is room for the last events of an execution alone."""
        return self._run.next_event >= MOST_EVENTS


def data(member: str, text: str) -> dict[str, Any]:
    """Return a text among the details of an event, and that it is whole."""
    return {member: text, f"{member}Details": _WHOLE}


def failure(error: str | None, cause: str | None) -> dict[str, Any]:
    """Return an error among the details of an event."""
    found = {}
    if error is not None:
        found["error"] = error
    if cause is not None:
        found["cause"] = cause
    return found
