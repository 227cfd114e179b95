"""FilterLogEvents: events of many streams, by pattern, a bounded look at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from time import thread_time
from typing import Any

from clary.plane import Context
from clary.plane.paging import sign_token
from clary.services.logs.names import Params, group_name, group_target, place_in, refused
from clary.services.logs.patterns import compile_pattern
from clary.services.logs.rows import LARGEST_ANSWER, Group, after_prefix, readable_group, stream_of
from clary.services.logs.service import logs

_MOST = 10_000
_FEWEST, _CHUNK = 50, 1_000  # events read at once: by their size, which shows with the first
_LARGEST_CHUNK = 4 << 20
# What one call looks at, whatever it finds: events, their bytes, and seconds of work for a pattern that is slow.
_LONGEST_LOOK, _LARGEST_LOOK, _MOST_WORK = 5_000, 16 << 20, 0.5
_BACKWARD_SINCE = 1_704_067_200_000  # 2024-01-01

Place = tuple[int, int, int]


@dataclass(slots=True)
class Look:
    """What a call has found so far, and where it stands. `place` is the last event looked at (time, stream, seq)."""

    accepts: Callable[[str], bool]
    streams: Collection[int] | None
    limit: int
    place: Place | None
    events: list[dict[str, Any]] = field(default_factory=list)
    looked: int = 0
    bytes: int = 0
    began: float = field(default_factory=thread_time)
    largest: int = _LARGEST_CHUNK // _FEWEST
    room: int = LARGEST_ANSWER
    full: bool = False

    @property
    def long(self) -> bool:
        """Whether the rest is for the next call."""
        return (
            self.looked >= _LONGEST_LOOK
            or self.bytes >= _LARGEST_LOOK
            or thread_time() - self.began >= _MOST_WORK
        )

    def take(self, row: tuple[Any, ...]) -> None:
        """Look at one event, unless the answer is full."""
        at, stream, seq, ingested, size, message, name = row
        if not self.full and (self.streams is None or stream in self.streams) and self.accepts(message):
            if len(self.events) == self.limit or (self.events and size > self.room):
                self.full = True
            else:
                self.room -= size
                self.events.append(_shown(at, stream, seq, ingested, message, name))
        if not self.full:
            self.place = (at, stream, seq)
            self.looked += 1
            self.bytes += size

    def chunk(self) -> int:
        """How many events to read next."""
        return max(_FEWEST, min(_CHUNK, _LARGEST_CHUNK // self.largest))


def _shown(at: int, stream: int, seq: int, ingested: int, message: str, name: str) -> dict[str, Any]:
    return {
        "timestamp": at,
        "message": message,
        "ingestionTime": ingested,
        "logStreamName": name,
        "eventId": f"{at:018d}{stream:019d}{seq:019d}",
    }


@logs.operation(on=group_target, lane="heavy_read")
def filter_log_events(ctx: Context, params: Params) -> Params:
    """Events in the order of their times. Long looks are cut: a page may be short or empty and yet have a nextToken
    (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html)."""
    group = readable_group(ctx, group_name(ctx, params))
    forward, place = _start(ctx, params)
    accepts = compile_pattern(params.get("filterPattern", ""))
    streams = _streams(ctx, group, params)
    where, args = _scope(ctx, group, params, streams)
    look = Look(accepts, streams, params.get("limit", _MOST), place)
    more = _go_through(ctx, look, where, args, forward)
    # AWS has answered an empty list of searched streams since 2019 (API reference).
    answer: Params = {"events": look.events, "searchedLogStreams": []}
    if more and look.place:
        answer["nextToken"] = sign_token(ctx, [forward, *look.place])
    return answer


def _go_through(ctx: Context, look: Look, where: str, args: list[Any], forward: bool) -> bool:
    """Look at events, one at least, until there is enough. False when there are no more."""
    while rows := _rows(ctx, where, args, forward, look):
        look.largest = max(size for _, _, _, _, size, _, _ in rows)
        for row in rows:
            look.take(row)
            if look.full or look.long:
                return True
    return False


def _start(ctx: Context, params: Params) -> tuple[bool, Place | None]:
    """Which way, and after which event. A token knows both."""
    if params.get("nextToken"):
        forward, at, stream, seq = place_in(ctx, params["nextToken"])
        return forward, (at, stream, seq)
    forward = params.get("startFromHead", True)
    if not forward and params.get("startTime", 0) < _BACKWARD_SINCE:
        raise refused(
            "startFromHead can be false only when startTime is on or after Jan 1, 2024 00:00:00 UTC."
        )
    return forward, None


def _streams(ctx: Context, group: Group, params: Params) -> set[int] | None:
    """The numbers of the streams that are meant, None for all of them."""
    names, prefix = params.get("logStreamNames"), params.get("logStreamNamePrefix")
    if names and prefix:
        raise refused("logStreamNamePrefix and logStreamNames are mutually exclusive parameters.")
    if names:
        return {stream_of(ctx, group, name).number for name in names}
    if prefix:
        statement = "select number from logs_stream where grp = ? and name >= ? and name < ?"
        return {number for (number,) in ctx.tx.sql(statement, group.number, prefix, after_prefix(prefix))}
    return None


def _scope(
    ctx: Context, group: Group, params: Params, streams: Collection[int] | None
) -> tuple[str, list[Any]]:
    """Which events to go through: those of the group in the order of time, or of one stream alone."""
    oldest = max(params.get("startTime", 0), group.oldest(ctx.business))
    where, args = "e.grp = ? and e.at >= ?", [group.number, oldest]
    if params.get("endTime") is not None:
        where, args = f"{where} and e.at <= ?", [*args, params["endTime"]]
    if streams is not None and len(streams) < 2:
        where, args = f"{where} and e.stream = ?", [*args, *streams] if streams else [*args, 0]
    return where, args


def _rows(ctx: Context, where: str, args: list[Any], forward: bool, look: Look) -> list[tuple[Any, ...]]:
    """The next events, as many as are read at once."""
    if look.place is not None:
        sign = ">" if forward else "<"
        where, args = f"{where} and (e.at, e.stream, e.seq) {sign} (?, ?, ?)", [*args, *look.place]
    way = "asc" if forward else "desc"
    statement = (
        "select e.at, e.stream, e.seq, e.ingested, e.size, e.message, s.name "
        f"from logs_event e join logs_stream s on s.number = e.stream where {where} "
        f"order by e.at {way}, e.stream {way}, e.seq {way} limit ?"
    )
    return ctx.tx.sql(statement, *args, look.chunk())
