"""Business time: how far it is ahead of the machine's clock, and since when. Pure arithmetic; knows no clock.

    machine   ──────10:00─────────10:20│10:20────────10:40──────►      what happened is dated by this one
    business  ──────10:00─────────10:20│12:20────────12:40──────►      what is to come is waited for by this one
                                  +2h moved here

Business time only ever jumps forward, so each of its moments was reached at one moment of the machine's clock: those that
were jumped over, when the jump was made.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple


class Move(NamedTuple):
    """From the machine's time `at` on, business time is `ahead` seconds ahead of it: a whole number."""

    at: float
    ahead: float


class Stretch(NamedTuple):
    """Machine time from `begin` until `end` (exclusive), in which business time was ahead by the same."""

    begin: float
    end: float
    ahead: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """Every move of business time, the oldest first. Both members of a move only ever go up."""

    moves: tuple[Move, ...] = ()

    @property
    def ahead(self) -> float:
        """How many seconds business time is ahead today."""
        return self.moves[-1].ahead if self.moves else 0.0

    def business(self, moment: float) -> float:
        """Return what business time was (or will be) at a moment of the machine's clock."""
        place = bisect_right(self.moves, moment, key=lambda move: move.at)
        return moment + (self.moves[place - 1].ahead if place else 0.0)

    def machine(self, moment: float) -> float:
        """When business time reached a moment, by the machine's clock."""
        place = bisect_right(self.moves, moment, key=lambda move: move.at + move.ahead)
        reached = moment - (self.moves[place - 1].ahead if place else 0.0)
        return min(reached, self.moves[place].at) if place < len(self.moves) else reached

    def moved_before(self, moment: float) -> float:
        """When business time was last moved, at or before a moment of the machine's clock; 0 where it was not."""
        place = bisect_right(self.moves, moment, key=lambda move: move.at)
        return self.moves[place - 1].at if place else 0.0

    def stretches(self, since: float) -> Iterator[Stretch]:
        """Yield the stretches of machine time after `since`, the newest first."""
        end = float("inf")
        for move in reversed(self.moves):
            yield Stretch(max(move.at, since), end, move.ahead)
            if move.at <= since:
                return
            end = move.at
        yield Stretch(since, end, 0.0)

    def followed_by(self, moves: Iterable[Move]) -> Timeline:
        """Return this timeline with later moves."""
        return Timeline((*self.moves, *moves))


class BusinessTime(NamedTuple):
    """Business time as a call or a controller sees it: at one moment of the machine's clock."""

    machine_now: float
    timeline: Timeline

    @property
    def now(self) -> float:
        """What business time is. Also right where the machine's clock was set back behind the last move."""
        return self.machine_now + self.timeline.ahead

    def ago(self, seconds: float) -> float:
        """Return the moment of the machine's clock since which so much business time has passed: what is
        dated before it is older than that."""
        return self.timeline.machine(self.now - seconds)

    def age(self, moment: float) -> float:
        """Return how much business time has passed since a moment of the machine's clock."""
        return self.now - self.timeline.business(moment)
