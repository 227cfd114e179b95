"""Moves of business time: stored, and read by every process (docs/decisions/0018-two-clocks.md).

A move is one row, which is there or not, whenever a process is killed. What is due because of it is not
stored but computed. A move cannot be undone: what was deleted because of its age stays deleted.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

from clary.kernel import AwsError, BusinessTime, Clock, Move, Timeline
from clary.plane import Platform
from clary.plane.signals import DUE
from clary.store.api import Stale, Tx
from clary.wire import timestamps

log = logging.getLogger("clary")

DAY = 86_400.0
# Far enough for the longest retention in CloudWatch Logs (3,653 days). A longer move is probably a mistake,
# and cannot be undone.
FARTHEST = 4_000 * DAY
_ATTEMPTS = 10
_MOVED = "clock"  # the topic of moves
_LOOK = 5.0  # seconds until a process looks for moves of which it has not heard

Reckon = Callable[[BusinessTime], float]
"""Returns the seconds to move, given the current business time. Raises AwsError."""


def follow(clock: Clock, tx: Tx) -> None:
    """Bring a process's clock up to date with the stored moves. Cheap if there are no new ones."""
    known = clock.timeline.moves[-1] if clock.timeline.moves else None
    if tx.newest_move() != known:
        clock.timeline = Timeline(tuple(tx.moves()))


async def keep_up(platform: Platform) -> None:
    """Bring the clock up to date whenever another process has moved it, until cancelled."""
    with platform.signals.watch(_MOVED) as moved:
        while True:
            try:
                await platform.store.run(lambda tx: follow(platform.clock, tx), write=False)
            except Exception:
                log.exception("could not look for moves of the clock; trying again")
            await moved.wait(_LOOK)


async def move(platform: Platform, reckon: Reckon) -> None:
    """Move business time forward and wake the controllers. Raise ValidationException for a move that is not
    allowed."""
    for attempts_left in reversed(range(_ATTEMPTS)):
        try:
            await platform.store.run(lambda tx: _write(tx, platform.clock.now(), reckon), write=True)
            break
        except Stale:  # PostgreSQL: another transaction moved it at the same time
            if not attempts_left:
                raise
    await platform.store.run(lambda tx: follow(platform.clock, tx), write=False)
    platform.signals.notify(DUE, _MOVED)


def by(seconds: float) -> Reckon:
    """Return a move forward by these seconds."""
    return lambda _: seconds


def to(moment: float) -> Reckon:
    """Return a move forward to a time, or to less than a second after it."""
    return lambda business: math.ceil(moment - business.now)


def _write(tx: Tx, now: float, reckon: Reckon) -> None:
    last = tx.newest_move() or Move(now, 0.0)
    # In case the machine's clock was set back behind the last move: moves are ordered by both their members.
    business = BusinessTime(max(now, last.at), Timeline((last,)))
    seconds = reckon(business)
    _check(seconds, business)
    if seconds:
        tx.write_move(Move(business.machine_now, last.ahead + seconds))


def _check(seconds: float, business: BusinessTime) -> None:
    if seconds < 0:
        shown = timestamps.iso(business.now)
        raise _refused(
            f"Business time is {shown}. It goes forward only: what was done at its time stays done."
        )
    if business.timeline.ahead + seconds > FARTHEST:
        raise _refused(
            f"Business time can be at most {FARTHEST / DAY:,.0f} days ahead of the machine's clock. That is more than the "
            "longest retention, and a move cannot be undone."
        )


def _refused(message: str) -> AwsError:
    return AwsError("ValidationException", message, 400)
