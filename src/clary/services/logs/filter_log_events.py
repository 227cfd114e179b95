"""FilterLogEvents: find events of many streams by pattern. One call scans a limited number of events."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from time import thread_time
from typing import Any

from clary.plane import Context
from clary.plane.paging import sign_token
from clary.services.logs.errors import invalid_parameter
from clary.services.logs.names import Params, group_name, group_target, read_position
from clary.services.logs.patterns import compile_pattern
from clary.services.logs.rows import LARGEST_ANSWER, Group, after_prefix, load_stream, readable_group
from clary.services.logs.service import logs

_MOST = 10_000
_FEWEST, _CHUNK = 50, 1_000  # events to read at once, depending on their size, which the first read shows
_LARGEST_CHUNK = 4 << 20
# Limits of one call, whatever it finds: events, their bytes, and seconds of CPU for slow patterns.
_MOST_SCANNED, _MOST_BYTES, _MOST_SECONDS = 5_000, 16 << 20, 0.5
_BACKWARD_SINCE = 1_704_067_200_000  # 2024-01-01

Position = tuple[int, int, int]


@dataclass(slots=True)
class Scan:
    """The state of a scan. `position` is the last event scanned, as (time, stream, sequence number)."""

    accepts: Callable[[str], bool]
    streams: Collection[int] | None
    limit: int
    position: Position | None
    events: list[dict[str, Any]] = field(default_factory=list)
    scanned: int = 0
    bytes: int = 0
    began: float = field(default_factory=thread_time)
    largest: int = _LARGEST_CHUNK // _FEWEST
    room_left: int = LARGEST_ANSWER
    full: bool = False

    @property
    def is_exhausted(self) -> bool:
        """Whether the call has reached a limit, so that the next call has to continue."""
        return (
            self.scanned >= _MOST_SCANNED
            or self.bytes >= _MOST_BYTES
            or thread_time() - self.began >= _MOST_SECONDS
        )

    def offer(self, row: tuple[Any, ...]) -> None:
        """Scan one event and add it to the answer if it matches. Set `full` if the answer has no room for it."""
        at, stream, seq, ingested, size, message, name = row
        if not self.full and (self.streams is None or stream in self.streams) and self.accepts(message):
            if len(self.events) == self.limit or (self.events and size > self.room_left):
                self.full = True
            else:
                self.room_left -= size
                self.events.append(_shown(at, stream, seq, ingested, message, name))
        if not self.full:
            self.position = (at, stream, seq)
            self.scanned += 1
            self.bytes += size

    def chunk(self) -> int:
        """Return how many events to read next."""
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
    """Return events in the order of their times.

    A call scans a limited number of events: its page may be short or empty and still have a nextToken
    (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html).
    """
    group = readable_group(ctx, group_name(ctx, params))
    forward, position = _start(ctx, params)
    accepts = compile_pattern(params.get("filterPattern", ""))
    streams = _streams(ctx, group, params)
    where, args = _scope(ctx, group, params, streams)
    scan = Scan(accepts, streams, params.get("limit", _MOST), position)
    more = _scan_events(ctx, scan, where, args, forward)
    # AWS has returned an empty list of searched streams since 2019 (API reference).
    answer: Params = {"events": scan.events, "searchedLogStreams": []}
    if more and scan.position:
        answer["nextToken"] = sign_token(ctx, [forward, *scan.position])
    return answer


def _scan_events(ctx: Context, scan: Scan, where: str, args: list[Any], forward: bool) -> bool:
    """Scan at least one event, until the answer is full or a limit is reached. Return False if no events are
    left."""
    while rows := _rows(ctx, where, args, forward, scan):
        scan.largest = max(size for _, _, _, _, size, _, _ in rows)
        for row in rows:
            scan.offer(row)
            if scan.full or scan.is_exhausted:
                return True
    return False


def _start(ctx: Context, params: Params) -> tuple[bool, Position | None]:
    """Return the direction (True: forward) and the event to start after. A page token holds both."""
    if params.get("nextToken"):
        forward, at, stream, seq = read_position(ctx, params["nextToken"])
        return forward, (at, stream, seq)
    forward = params.get("startFromHead", True)
    if not forward and params.get("startTime", 0) < _BACKWARD_SINCE:
        raise invalid_parameter(
            "startFromHead can be false only when startTime is on or after Jan 1, 2024 00:00:00 UTC."
        )
    return forward, None


def _streams(ctx: Context, group: Group, params: Params) -> set[int] | None:
    """Return the numbers of the selected streams, or None for all streams."""
    names, prefix = params.get("logStreamNames"), params.get("logStreamNamePrefix")
    if names and prefix:
        raise invalid_parameter("logStreamNamePrefix and logStreamNames are mutually exclusive parameters.")
    if names:
        return {load_stream(ctx, group, name).number for name in names}
    if prefix:
        statement = "SELECT number FROM logs_stream WHERE grp = ? AND name >= ? AND name < ?"
        return {number for (number,) in ctx.tx.sql(statement, group.number, prefix, after_prefix(prefix))}
    return None


def _scope(
    ctx: Context, group: Group, params: Params, streams: Collection[int] | None
) -> tuple[str, list[Any]]:
    """Return a WHERE clause and its values: the group's events in the time range, or those of one stream."""
    oldest = max(params.get("startTime", 0), group.oldest(ctx.business))
    where, args = "e.grp = ? AND e.at >= ?", [group.number, oldest]
    if params.get("endTime") is not None:
        where, args = f"{where} AND e.at <= ?", [*args, params["endTime"]]
    if streams is not None and len(streams) < 2:
        where, args = f"{where} AND e.stream = ?", [*args, *streams] if streams else [*args, 0]
    return where, args


def _rows(ctx: Context, where: str, args: list[Any], forward: bool, scan: Scan) -> list[tuple[Any, ...]]:
    """Return the next events, as many as are read at once."""
    if scan.position is not None:
        sign = ">" if forward else "<"
        where, args = f"{where} AND (e.at, e.stream, e.seq) {sign} (?, ?, ?)", [*args, *scan.position]
    order = "ASC" if forward else "DESC"
    statement = (
        "SELECT e.at, e.stream, e.seq, e.ingested, e.size, e.message, s.name "
        f"FROM logs_event e JOIN logs_stream s ON s.number = e.stream WHERE {where} "
        f"ORDER BY e.at {order}, e.stream {order}, e.seq {order} LIMIT ?"
    )
    return ctx.tx.sql(statement, *args, scan.chunk())
