"""Rows of log groups, streams and events. Knows no request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from clary.kernel import AwsError, BusinessTime
from clary.plane import Context
from clary.services.logs.errors import not_found

_DAY = 86_400
LARGEST_ANSWER = 1 << 20


@dataclass(frozen=True, slots=True)
class Group:
    """A log group. `retention` is in days, `created` in milliseconds, `kind` is the logGroupClass."""

    number: int
    name: str
    created: int
    retention: int | None
    kind: str

    def oldest(self, business: BusinessTime) -> int:
        """Return the time (milliseconds) before which events have expired; 0 without retention.

        Events expire after that many days of business time.
        """
        return int(business.ago(self.retention * _DAY) * 1000) if self.retention else 0


@dataclass(frozen=True, slots=True)
class Stream:
    """A log stream. Times are in milliseconds; `last_event` is 0 if there are no events."""

    number: int
    name: str
    created: int
    first_event: int | None
    last_event: int
    last_ingestion: int | None
    next_seq: int


GROUP_COLUMNS = "number, name, created, retention, kind"
STREAM_COLUMNS = "number, name, created, first_event, last_event, last_ingestion, next_seq"


def now_ms(ctx: Context) -> int:
    """Return the time of the call in milliseconds."""
    return int(ctx.now * 1000)


def load_group(ctx: Context, name: str) -> Group:
    """Return a log group by name. Raise ResourceNotFoundException."""
    rows = ctx.tx.sql(f"SELECT {GROUP_COLUMNS} FROM logs_group WHERE scope = ? AND name = ?", ctx.scope, name)
    if not rows:
        raise not_found("log group")
    return Group(*rows[0])


def readable_group(ctx: Context, name: str) -> Group:
    """Return a log group whose events the operation may show.

    Raise InvalidOperationException for a class other than STANDARD; the message is as AWS users report it
    (aws/karpenter-provider-aws#9567).
    """
    group = load_group(ctx, name)
    if group.kind != "STANDARD":
        reason = f"{ctx.op.name} is not supported for this log class."
        message = f"The log group {name} is of log-group-class {group.kind}. {reason}"
        raise AwsError("InvalidOperationException", message)
    return group


def load_stream(ctx: Context, group: Group, name: str) -> Stream:
    """Return a log stream by name. Raise ResourceNotFoundException."""
    rows = ctx.tx.sql(
        f"SELECT {STREAM_COLUMNS} FROM logs_stream WHERE grp = ? AND name = ?", group.number, name
    )
    if not rows:
        raise not_found("log stream")
    return Stream(*rows[0])


def stored_bytes(ctx: Context, group: Group) -> int:
    """Return the bytes stored in a group, summed over its streams, which keep count."""
    rows = ctx.tx.sql("SELECT COALESCE(SUM(bytes), 0) FROM logs_stream WHERE grp = ?", group.number)
    return int(rows[0][0])


def expire(ctx: Context, group: Group) -> None:
    """Delete events that are older than the group's retention."""
    oldest = group.oldest(ctx.business)
    if not oldest:
        return
    gone = ctx.tx.sql(
        "SELECT stream, SUM(size) FROM logs_event WHERE grp = ? AND at < ? GROUP BY stream",
        group.number,
        oldest,
    )
    if gone:
        ctx.tx.sql("DELETE FROM logs_event WHERE grp = ? AND at < ?", group.number, oldest)
        ctx.tx.sql_many(
            "UPDATE logs_stream SET bytes = bytes - ? WHERE number = ?",
            [(size, stream) for stream, size in gone],
        )


def after_prefix(prefix: str) -> str:
    """Return a string that sorts after every name with this prefix."""
    return prefix + "\U0010ffff"


def placeholders(values: Sequence[Any]) -> str:
    """Return a `?` for each value."""
    return ", ".join("?" for _ in values)


def count_fitting(sizes: Iterable[int], room: int = LARGEST_ANSWER) -> int:
    """Return how many of the sizes, from the first on, fit into `room` bytes; at least one."""
    count = 0
    for size in sizes:
        room -= size
        if room < 0 and count:
            break
        count += 1
    return count
