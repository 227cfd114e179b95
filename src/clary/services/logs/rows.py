"""Groups, streams and what they hold, as rows of the service's tables. Knows no request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from clary.kernel import AwsError, BusinessTime
from clary.plane import Context

_DAY = 86_400
LARGEST_ANSWER = 1 << 20


@dataclass(frozen=True, slots=True)
class Group:
    """A log group. `retention` is in days, `created` in milliseconds, `kind` its logGroupClass."""

    number: int
    name: str
    created: int
    retention: int | None
    kind: str

    def oldest(self, business: BusinessTime) -> int:
        """Before this time (milliseconds) its events are gone: they have been here for as many days of business time."""
        return int(business.ago(self.retention * _DAY) * 1000) if self.retention else 0


@dataclass(frozen=True, slots=True)
class Stream:
    """A log stream. Times are milliseconds; `last_event` is 0 where there are no events."""

    number: int
    name: str
    created: int
    first_event: int | None
    last_event: int
    last_ingestion: int | None
    next_seq: int


GROUP_COLUMNS = "number, name, created, retention, kind"
STREAM_COLUMNS = "number, name, created, first_event, last_event, last_ingestion, next_seq"


def now_in(ctx: Context) -> int:
    """The time of the call in milliseconds."""
    return int(ctx.now * 1000)


def group_of(ctx: Context, name: str) -> Group:
    """Raises ResourceNotFoundException in AWS's words."""
    rows = ctx.tx.sql(f"select {GROUP_COLUMNS} from logs_group where scope = ? and name = ?", ctx.scope, name)
    if not rows:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return Group(*rows[0])


def readable_group(ctx: Context, name: str) -> Group:
    """A group whose events the calling operation may show. Raises InvalidOperationException for another class than
    STANDARD; the sentence as AWS's users report it (aws/karpenter-provider-aws#9567)."""
    group = group_of(ctx, name)
    if group.kind != "STANDARD":
        said = f"{ctx.op.name} is not supported for this log class."
        message = f"The log group {name} is of log-group-class {group.kind}. {said}"
        raise AwsError("InvalidOperationException", message)
    return group


def stream_of(ctx: Context, group: Group, name: str) -> Stream:
    """Raises ResourceNotFoundException in AWS's words."""
    rows = ctx.tx.sql(
        f"select {STREAM_COLUMNS} from logs_stream where grp = ? and name = ?", group.number, name
    )
    if not rows:
        raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
    return Stream(*rows[0])


def stored_bytes(ctx: Context, group: Group) -> int:
    """What the group's events amount to: the sum of what its streams keep count of, not of the events."""
    rows = ctx.tx.sql("select coalesce(sum(bytes), 0) from logs_stream where grp = ?", group.number)
    return int(rows[0][0])


def expire(ctx: Context, group: Group) -> None:
    """Delete what is older than the group's retention."""
    oldest = group.oldest(ctx.business)
    if not oldest:
        return
    gone = ctx.tx.sql(
        "select stream, sum(size) from logs_event where grp = ? and at < ? group by stream",
        group.number,
        oldest,
    )
    if gone:
        ctx.tx.sql("delete from logs_event where grp = ? and at < ?", group.number, oldest)
        ctx.tx.sql_many(
            "update logs_stream set bytes = bytes - ? where number = ?",
            [(size, stream) for stream, size in gone],
        )


def after_prefix(prefix: str) -> str:
    """What sorts after every name that begins with this."""
    return prefix + "\U0010ffff"


def marks(values: Sequence[Any]) -> str:
    """A `?` for each value."""
    return ", ".join("?" for _ in values)


def fitting(sizes: Iterable[int], room: int = LARGEST_ANSWER) -> int:
    """How many of these, from the first on, go into an answer of `room` bytes; one goes into any."""
    count = 0
    for size in sizes:
        room -= size
        if room < 0 and count:
            break
        count += 1
    return count
