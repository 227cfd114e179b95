"""PutLogEvents: store a batch of events in a stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clary.plane import Context
from clary.services.logs.errors import invalid_parameter
from clary.services.logs.names import STREAM, Params
from clary.services.logs.rows import Group, Stream, expire, load_group, load_stream, now_ms
from clary.services.logs.service import logs

_DAY = 86_400_000
_TOO_OLD = 14 * _DAY
_TOO_NEW = 2 * 3_600_000
_LARGEST_BATCH = 1_048_576
_OVERHEAD = 26

Events = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Window:
    """The times (milliseconds) of events that are accepted.

    Not before `oldest`, nor before `kept` (the group's retention), nor after `newest`. Senders date events by
    their own clocks, so `oldest` and `newest` are in machine time.
    """

    oldest: int
    kept: int
    newest: int

    @classmethod
    def of(cls, ctx: Context, group: Group) -> Window:
        now = now_ms(ctx)
        return cls(now - _TOO_OLD, group.oldest(ctx.business), now + _TOO_NEW)

    def accepts(self, at: int) -> bool:
        return max(self.oldest, self.kept) <= at <= self.newest

    def rejected(self, times: list[int]) -> dict[str, int]:
        """Return rejectedLogEventsInfo: where the accepted events of a sorted batch begin and end; empty if
        all are accepted."""
        old = sum(1 for at in times if at < self.oldest)
        expired = sum(1 for at in times if at < self.kept)
        good = sum(1 for at in times if at <= self.newest)
        info = {"tooOldLogEventEndIndex": old} if old else {}
        if expired > old:
            info["expiredLogEventEndIndex"] = expired
        return info | ({"tooNewLogEventStartIndex": good} if good < len(times) else {})


@logs.operation(on=STREAM)
def put_log_events(ctx: Context, params: Params) -> Params:
    """Store a batch in chronological order; leave out events that are too old or too new, and report them.

    Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html.
    """
    group = load_group(ctx, params["logGroupName"])
    stream = load_stream(ctx, group, params["logStreamName"])
    given: Events = params["logEvents"]
    sizes = [len(event["message"].encode()) + _OVERHEAD for event in given]
    times = [event["timestamp"] for event in given]
    window = Window.of(ctx, group)
    _check(times, sizes, window)
    kept = [
        (event, size) for event, size in zip(given, sizes, strict=True) if window.accepts(event["timestamp"])
    ]
    if kept:
        _store(ctx, group, stream, kept)
    answer: Params = {"nextSequenceToken": f"{stream.next_seq + len(kept):056d}"}
    if rejected := window.rejected(times):
        answer["rejectedLogEventsInfo"] = rejected
    if params.get("entity"):  # entities are not stored
        answer["rejectedEntityInfo"] = {"errorType": "UnsupportedLogGroupType"}
    return answer


def _check(times: list[int], sizes: list[int], window: Window) -> None:
    if max(sizes) > _LARGEST_BATCH:  # a single event may be as large as a batch
        raise invalid_parameter(f"Log event too large: {max(sizes)} bytes exceeds limit of {_LARGEST_BATCH}")
    if sum(sizes) > _LARGEST_BATCH:
        raise invalid_parameter(f"Upload too large: {sum(sizes)} bytes exceeds limit of {_LARGEST_BATCH}")
    if times != sorted(times):
        raise invalid_parameter("Log events in a single PutLogEvents request must be in chronological order.")
    good = [at for at in times if window.oldest <= at <= window.newest]
    if good and good[-1] - good[0] > _DAY:
        message = "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        raise invalid_parameter(message)


def _store(ctx: Context, group: Group, stream: Stream, events: list[tuple[dict[str, Any], int]]) -> None:
    now = now_ms(ctx)
    ctx.tx.sql_many(
        "INSERT INTO logs_event (stream, at, seq, grp, ingested, size, message) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (stream.number, event["timestamp"], seq, group.number, now, size, event["message"])
            for seq, (event, size) in enumerate(events, stream.next_seq)
        ],
    )
    first, last = events[0][0]["timestamp"], events[-1][0]["timestamp"]
    ctx.tx.sql(
        "UPDATE logs_stream SET next_seq = ?, last_ingestion = ?, bytes = bytes + ?, first_event = ?, last_event = ? "
        "WHERE number = ?",
        stream.next_seq + len(events),
        now,
        sum(size for _, size in events),
        first if stream.first_event is None else min(first, stream.first_event),
        max(last, stream.last_event),
        stream.number,
    )
    expire(ctx, group)
