"""A run's output into CloudWatch Logs, and the metrics in it into CloudWatch: each line once, whichever process is killed.

How far the output was read is kept in the record, and written in the same transaction as the events themselves. The size of
what one step reads is limited, and so is the number of steps after the program's end: no log keeps its job from ending.
Knows no service: groups, streams, namespaces and dimensions are given.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from clary.plane import Call, Record, World
from clary.plane.controller import Write
from clary.workloads import metric_summary
from clary.workloads.metric_scan import MOST_SECONDS, MetricScan

_READ_AT_ONCE = 1 << 20  # bytes in a step, shared by the hosts of a run
_LEAST_READ = 64 << 10
_MOST_LINES = 10_000  # in a step, shared by the hosts too: an event costs the store more than its bytes
_LEAST_LINES = 1_000
# After the program's end: enough for all that a run keeps, unless its lines are very short.
_LAST_READINGS = 34
_LONGEST_EVENT = 64 * 1024  # characters; a longer line goes on in the next event
# What PutLogEvents accepts: bytes in all, to which each event adds some
# (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html).
_LARGEST_BATCH, _EVENT_OVERHEAD = 1_048_576, 26
_MOST_EVENTS = 1000
_MOST_POINTS = 500  # in one PutMetricData
_LONGEST_SERIES = 20_000  # values: Hyperband's largest MaxResource
_METRICS_OFF = (
    f"The metric definitions of this job have taken more than {MOST_SECONDS:.0f} seconds of matching: no more metrics "
    "are taken from its output."
)
_LINE_END = re.compile(rb"[\r\n]+")

log = logging.getLogger("clary.metrics")


@dataclass(frozen=True, slots=True)
class Log:
    """Where the output of a run goes: a log group, by host the stream in it, and the metrics to be taken from its lines:
    their definitions (`Name`, `Regex`), namespace and dimensions. Without a namespace they are only kept in the record, by
    name with the summary of all their values. Of the metric `series` the record keeps each value, in their order. `keep`
    says what else is written of values of a moment, by name."""

    group: str
    streams: Mapping[str, str]
    definitions: Sequence[Mapping[str, str]] = ()
    namespace: str = ""
    dimensions: Sequence[Mapping[str, str]] = ()
    series: str = ""
    keep: Callable[[Sequence[tuple[str, float]], float], Write] | None = None


@dataclass(slots=True)
class Entries:
    """What one reading found: calls to make, what to write, how far it got, the metrics seen."""

    calls: list[Call] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    offsets: dict[str, int] = field(default_factory=dict)
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    more: bool = False
    last_readings: int | None = None
    matching: float = 0.0
    series: list[float] | None = None

    @property
    def private(self) -> dict[str, Any]:
        """Return the private members of the record that keep it."""
        spent = {"matching": self.matching} if self.matching else {}
        return {
            "offsets": self.offsets,
            "metrics": self.metrics,
            "last_readings": self.last_readings if self.more else None,
            **spent,
            **({} if self.series is None else {"series": self.series}),
        }


@dataclass(slots=True)
class Taken:
    """What was taken from one host's output: whole lines, up to which byte, and whether there is more at
    once."""

    lines: list[str]
    offset: int
    more: bool


def read(record: Record, world: World, run: str, to: Log, *, last: bool = False) -> Entries:
    """Read what every host of a run has written since the last time.

    `last` also takes a line that has no end yet. `more` in the answer says that there is still more to be read.
    """
    doc = record.private
    entries = Entries(offsets=dict(doc.get("offsets", {})), metrics=dict(doc.get("metrics", {})))
    scan = MetricScan(float(doc.get("matching", 0.0)))
    if last:
        entries.last_readings = int(doc.get("last_readings") or 0) + 1
    points: list[dict[str, Any]] = []
    for host, stream in to.streams.items():
        taken = _take(world, run, host, entries.offsets.get(host, 0), last, len(to.streams))
        if taken.more and (entries.last_readings or 0) >= _LAST_READINGS:
            taken.lines.append("[The output that follows is not in this log: there is too much of it.]")
            taken.more = False
        if taken.lines or host not in entries.offsets:
            entries.calls += _open(to.group, stream)
        entries.offsets[host] = taken.offset
        entries.more = entries.more or taken.more
        entries.calls += _put(to.group, stream, taken.lines, world.now)
        before = scan.over
        found = scan.metrics(taken.lines, to.definitions)
        if scan.over and not before:
            log.warning(
                "no more metrics of %s: its regular expressions take too long; simplify them", record.arn
            )
            entries.calls += _put(to.group, stream, [_METRICS_OFF], world.now)
        if to.series:
            entries.series = _longer(entries.series or doc.get("series", []), found, to.series)
        for name, value in found:
            summary = metric_summary.extended(entries.metrics.get(name), value, world.now)
            point = {"MetricName": name, "Value": value, "Timestamp": world.now}
            entries.metrics[name] = {**point, **summary}
            points.append({**point, "Dimensions": list(to.dimensions)})
    entries.matching = scan.spent
    entries.calls += _metrics(to.namespace, points)
    if to.keep and points:
        entries.writes.append(to.keep([(point["MetricName"], point["Value"]) for point in points], world.now))
    return entries


def _longer(series: list[float], found: Sequence[tuple[str, float]], metric: str) -> list[float]:
    """Return the values of a metric with those that were found now."""
    return [*series, *(value for name, value in found if name == metric)][:_LONGEST_SERIES]


def _metrics(namespace: str, points: Sequence[dict[str, Any]]) -> Iterator[Call]:
    for start in range(0, len(points) if namespace else 0, _MOST_POINTS):
        batch = {"Namespace": namespace, "MetricData": points[start : start + _MOST_POINTS]}
        yield Call("cloudwatch", "PutMetricData", batch, optional=True)


def _open(group: str, stream: str) -> list[Call]:
    """Return calls that create a stream. It may exist, and a user may have deleted it while the job runs."""
    names = {"logGroupName": group, "logStreamName": stream}
    return [
        Call("logs", "CreateLogGroup", {"logGroupName": group}, optional=True),
        Call("logs", "CreateLogStream", names, optional=True),
    ]


def _take(world: World, run: str, host: str, offset: int, last: bool, hosts: int) -> Taken:
    """Take whole lines from an offset on. Where the run did not keep some output, a line says so."""
    printed = world.runs.output(run, host, offset, max(_LEAST_READ, _READ_AT_ONCE // hosts))
    end = len(printed.data)
    if printed.more or not last:
        end = printed.data.rfind(b"\n") + 1 or (end if printed.more else 0)
    cut = _end_of_line(printed.data, max(_LEAST_LINES, _MOST_LINES // hosts), end)
    lines = _lines(printed.data[:cut])
    if printed.start > offset:
        missing = printed.start - offset
        lines.insert(0, f"[{missing} bytes of output are not in this log: there were too many.]")
    return Taken(lines, printed.start + cut, printed.more or cut < end)


def _end_of_line(data: bytes, number: int, end: int) -> int:
    """Return where the line with this number ends; `end` if it does not end before that."""
    if data.count(b"\n", 0, end) + data.count(b"\r", 0, end) <= number:
        return end
    found = next(islice(_LINE_END.finditer(data, 0, end), number - 1, None), None)
    return found.end() if found else end


def _lines(data: bytes) -> list[str]:
    """Return the lines as AWS's log driver shows them: tabs as #011. NUL is removed, since not every store
    can keep it in a text. A progress bar redraws its line with carriage returns: each drawing is a line."""
    text = data.decode("utf-8", "replace").replace("\t", "#011").replace("\0", "").replace("\r", "\n")
    return [line for line in text.split("\n") if line]


def _put(group: str, stream: str, lines: Iterable[str], now: float) -> Iterator[Call]:
    stamp = int(now * 1000)
    for batch in _batches(_pieces(lines)):
        events = [{"timestamp": stamp, "message": message} for message in batch]
        yield Call(
            "logs", "PutLogEvents", {"logGroupName": group, "logStreamName": stream, "logEvents": events}
        )


def _pieces(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        for start in range(0, len(line), _LONGEST_EVENT):
            yield line[start : start + _LONGEST_EVENT]


def _batches(messages: Iterable[str]) -> Iterator[list[str]]:
    """Yield messages in as few portions as PutLogEvents accepts."""
    batch: list[str] = []
    room = _LARGEST_BATCH
    for message in messages:
        size = len(message.encode()) + _EVENT_OVERHEAD
        if batch and (size > room or len(batch) == _MOST_EVENTS):
            yield batch
            batch, room = [], _LARGEST_BATCH
        batch.append(message)
        room -= size
    if batch:
        yield batch
