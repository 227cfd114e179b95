"""PutLogEvents: a batch of events into one stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clary.plane import Context
from clary.services.logs.names import STREAM, Params, refused
from clary.services.logs.rows import Group, Stream, expire, group_of, now_in, stream_of
from clary.services.logs.service import logs

_DAY = 86_400_000
_TOO_OLD = 14 * _DAY
_TOO_NEW = 2 * 3_600_000
_LARGEST_BATCH = 1_048_576
_OVERHEAD = 26

Events = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Window:
    """Which times (milliseconds) are taken: not before `oldest`, nor before `kept` where there is a retention, and
    not after `newest`. Senders date events by their own clocks, so these are times of the machine's."""

    oldest: int
    kept: int
    newest: int

    @classmethod
    def of(cls, ctx: Context, group: Group) -> Window:
        now = now_in(ctx)
        return cls(now - _TOO_OLD, group.oldest(ctx.business), now + _TOO_NEW)

    def takes(self, at: int) -> bool:
        return max(self.oldest, self.kept) <= at <= self.newest

    def rejected(self, times: list[int]) -> dict[str, int]:
        """Where in the batch, which goes up in time, the good events begin and end; empty when all are good."""
        old = sum(1 for at in times if at < self.oldest)
        expired = sum(1 for at in times if at < self.kept)
        good = sum(1 for at in times if at <= self.newest)
        info = {"tooOldLogEventEndIndex": old} if old else {}
        if expired > old:
            info["expiredLogEventEndIndex"] = expired
        return info | ({"tooNewLogEventStartIndex": good} if good < len(times) else {})


@logs.operation(on=STREAM)
def put_log_events(ctx: Context, params: Params) -> Params:
    """Store a batch in chronological order; what is too old or too new is left out and said so
    (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html)."""
    group = group_of(ctx, params["logGroupName"])
    stream = stream_of(ctx, group, params["logStreamName"])
    given: Events = params["logEvents"]
    sizes = [len(event["message"].encode()) + _OVERHEAD for event in given]
    times = [event["timestamp"] for event in given]
    window = Window.of(ctx, group)
    _check(times, sizes, window)
    kept = [
        (event, size) for event, size in zip(given, sizes, strict=True) if window.takes(event["timestamp"])
    ]
    if kept:
        _store(ctx, group, stream, kept)
    answer: Params = {"nextSequenceToken": f"{stream.next_seq + len(kept):056d}"}
    if rejected := window.rejected(times):
        answer["rejectedLogEventsInfo"] = rejected
    if params.get("entity"):  # we keep events, not what they belong to
        answer["rejectedEntityInfo"] = {"errorType": "UnsupportedLogGroupType"}
    return answer


def _check(times: list[int], sizes: list[int], window: Window) -> None:
    if max(sizes) > _LARGEST_BATCH:  # an event may be as large as a batch
        raise refused(f"Log event too large: {max(sizes)} bytes exceeds limit of {_LARGEST_BATCH}")
    if sum(sizes) > _LARGEST_BATCH:
        raise refused(f"Upload too large: {sum(sizes)} bytes exceeds limit of {_LARGEST_BATCH}")
    if times != sorted(times):
        raise refused("Log events in a single PutLogEvents request must be in chronological order.")
    good = [at for at in times if window.oldest <= at <= window.newest]
    if good and good[-1] - good[0] > _DAY:
        message = "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        raise refused(message)


def _store(ctx: Context, group: Group, stream: Stream, events: list[tuple[dict[str, Any], int]]) -> None:
    now = now_in(ctx)
    ctx.tx.sql_many(
        "insert into logs_event (stream, at, seq, grp, ingested, size, message) values (?, ?, ?, ?, ?, ?, ?)",
        [
            (stream.number, event["timestamp"], seq, group.number, now, size, event["message"])
            for seq, (event, size) in enumerate(events, stream.next_seq)
        ],
    )
    first, last = events[0][0]["timestamp"], events[-1][0]["timestamp"]
    ctx.tx.sql(
        "update logs_stream set next_seq = ?, last_ingestion = ?, bytes = bytes + ?, first_event = ?, last_event = ? "
        "where number = ?",
        stream.next_seq + len(events),
        now,
        sum(size for _, size in events),
        first if stream.first_event is None else min(first, stream.first_event),
        max(last, stream.last_event),
        stream.number,
    )
    expire(ctx, group)
