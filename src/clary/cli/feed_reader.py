"""Read the change feed of a platform that may be killed and restarted meanwhile: each event once, in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from clary.cli.home import Home
from clary.cli.local_api import Unreachable, ask

Event = dict[str, Any]
_WAIT = 20  # seconds that one request may take
_PAUSE = 0.2


class FeedReader:
    """Reads events of some kinds (all if empty). `say` is called with notices."""

    def __init__(self, home: Home, kinds: Sequence[str], say: Callable[[str], None]) -> None:
        self._home = home
        self._kinds = tuple(kinds)
        self._say = say
        self._lost_sight = False

    def newest(self) -> int:
        """Return the number of the latest event. Raise Unreachable."""
        return self._ask({})["next"]

    def events(self, after: int) -> Iterator[Event]:
        """Yield the existing events after this number; all of them if the platform was reset. Raise Unreachable."""
        while True:
            answer = self._ask({"after": after})
            self._tell(answer, after)
            yield from answer["events"]
            after = answer["next"]
            if not answer["events"] and not answer.get("restarted"):
                return

    def follow(self, after: int) -> Iterator[Event]:
        """Yield events after this number without end, waiting for the platform while it is down."""
        while True:
            answer = self._patiently({"after": after, "wait": _WAIT})
            self._tell(answer, after)
            yield from answer["events"]
            after = answer["next"]

    def _tell(self, answer: dict[str, Any], after: int) -> None:
        if lost := answer.get("lost"):
            self._say(f"{lost} changes after number {after} were deleted before they were read")
        if kinds := answer.get("unwritten"):
            self._say(
                f"changes of {', '.join(kinds)} are written from now on: nobody has followed them before"
            )
        if answer.get("restarted"):
            self._say("the platform was reset; numbers start again")

    def _patiently(self, question: dict[str, Any]) -> dict[str, Any]:
        while True:
            try:
                answer = self._ask(question)
            except Unreachable as error:
                if not self._lost_sight:
                    self._say(f"{error}; waiting")
                self._lost_sight = True
                time.sleep(_PAUSE)
                continue
            self._lost_sight = False
            return answer

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Send one request, to the gateway's current address."""
        endpoint = self._home.endpoint()
        if endpoint is None:
            raise Unreachable(self._home.not_running())
        query = urlencode({**question, "kind": self._kinds}, doseq=True, quote_via=quote)
        path = "/_clary/events" + (f"?{query}" if query else "")
        return ask(endpoint, self._home.identity(), "GET", path)
