"""`GET /_clary/events`: the change feed for people, page by page; with `wait`, a long poll.

Changes of some kinds are written on demand (store/interest.py). They are written for a client that follows such a kind by
its name, until some minutes after its last question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qs

from clary.kernel import AwsError
from clary.plane import Platform
from clary.plane.signals import CHANGES
from clary.server.on_demand import ON_DEMAND
from clary.store.api import Tx
from clary.wire import Request

LONGEST_WAIT = 20.0  # seconds; clients and what lies between give up on an answer after 30 or 60
_MOST = 500  # events of one answer
_WANTED_FOR = 600.0  # seconds: a follower may lose sight of the platform for a while
_FOLLOWER = "follower"
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """Changes with higher numbers than `after` (None: where the feed stands) of these kinds (none: of all)."""

    after: int | None
    wait: float
    kinds: tuple[str, ...]

    @staticmethod
    def of(query: str) -> Asked:
        """Raise ValidationException for what is no such question."""
        said = parse_qs(query, keep_blank_values=True)
        if strange := sorted(said.keys() - {"after", "wait", "kind"}):
            raise _invalid(f"There is no parameter {strange[0]!r}; there are after, wait and kind.")
        wait = _number(said, "wait") or 0
        return Asked(_number(said, "after"), min(wait, LONGEST_WAIT), tuple(said.get("kind", ())))

    @property
    def wanted(self) -> list[str]:
        """The kinds that are to be written for this client: it asks for what is to come, and not only for what there is."""
        return sorted(ON_DEMAND.intersection(self.kinds)) if self.after is None or self.wait else []


async def events_of(platform: Platform, request: Request) -> dict[str, Any]:
    """Answer once there is something to say, and otherwise after the time that was asked for, or when the gateway
    ends. Who has gone is not waited for: the connection cancels what only waits."""
    asked = Asked.of(request.query)
    unwritten = await _keep_wanted(platform, asked.wanted) if asked.wanted else []
    answer: dict[str, Any] = {}

    async def look() -> bool:
        answer.update(await platform.store.run(lambda tx: page(tx, asked), write=False))
        if unwritten and asked.after is not None:
            answer["unwritten"] = unwritten
        return answer.keys() != {"events", "next"} or bool(answer["events"])

    if asked.after is None or not asked.wait:
        await look()
    else:
        await platform.signals.poll((CHANGES,), look, asked.wait)
    return answer


async def _keep_wanted(platform: Platform, kinds: Sequence[str]) -> list[str]:
    """Let changes of these kinds be written. Return those that were not written until now."""
    left = await platform.store.run(
        lambda tx: {kind: tx.seconds_wanted(_FOLLOWER, kind) for kind in kinds}, write=False
    )
    if min(left.values()) < _WANTED_FOR / 2:
        await platform.store.run(lambda tx: _want(tx, kinds), write=True)
    return [kind for kind, seconds in left.items() if not seconds]


def _want(tx: Tx, kinds: Sequence[str]) -> None:
    for kind in kinds:
        tx.want(_FOLLOWER, kind, seconds=_WANTED_FOR)


def page(tx: Tx, asked: Asked) -> dict[str, Any]:
    """Return the next events, and `next`, after which the following ones come. `lost` counts those that were deleted
    before they were asked for; `restarted` says that numbers began again, since the platform was emptied."""
    newest = tx.newest_change()
    if asked.after is None:
        return {"events": [], "next": newest}
    if asked.after > newest:
        return {"events": [], "next": 0, "restarted": True}
    found = tx.changes(asked.after, _MOST, asked.kinds or None)
    end = found[-1].number if len(found) == _MOST else newest
    lost = _lost(tx, asked.after)
    return {"events": [asdict(one) for one in found], "next": end, **({"lost": lost} if lost else {})}


def _lost(tx: Tx, after: int) -> int:
    """How many changes after this number are not there any more; on PostgreSQL numbers that were never used count as
    well. Who begins at 0 asks for what there is, and has lost nothing."""
    if not after:
        return 0
    oldest = tx.changes(0, 1)
    return max(0, oldest[0].number - after - 1) if oldest else 0


def _number(said: Mapping[str, list[str]], name: str) -> int | None:
    values = said.get(name, [])
    if not values:
        return None
    if len(values) > 1 or not _NUMBER.fullmatch(values[0]):
        raise _invalid(f"{name!r} is a whole number, given once.")
    return int(values[0])


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message, 400)
