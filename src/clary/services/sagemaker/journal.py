"""A run's output into CloudWatch Logs and its metrics, as it is written: each line once, whatever is killed.

How far it was read is kept in the record and written in the same transaction as the events themselves.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from clary.plane import Call, Record, World

_LONGEST_LINE = 64 * 1024
_LARGEST_BATCH = 1000
_LONGEST_SCANNED = 8192


@dataclass(slots=True)
class Entries:
    """What one reading found: calls to make, how far it got, the metrics seen."""

    calls: list[Call] = field(default_factory=list)
    offsets: dict[str, int] = field(default_factory=dict)
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    more: bool = False

    @property
    def set(self) -> dict[str, Any]:
        """The members of the record that remember it."""
        return {"_offsets": self.offsets, "_metrics": self.metrics}


def read(
    record: Record,
    world: World,
    run: str,
    group: str,
    streams: Mapping[str, str],
    *,
    definitions: Sequence[Mapping[str, str]] = (),
    namespace: str = "",
    dimensions: Sequence[Mapping[str, str]] = (),
    last: bool = False,
) -> Entries:
    """Read what every host of a run has written since the last time.

    `streams` maps host to log stream; `last` also takes a line that has no end yet; `more` says that there is still
    more to be read.
    """
    entries = Entries(
        offsets=dict(record.doc.get("_offsets", {})), metrics=dict(record.doc.get("_metrics", {}))
    )
    points: list[dict[str, Any]] = []
    known = _has_group(world, group)
    for host, stream in streams.items():
        lines, taken = _take(world, run, host, entries.offsets.get(host, 0), last)
        if host not in entries.offsets:
            if not known:
                entries.calls.append(Call("logs", "CreateLogGroup", {"logGroupName": group}))
                known = True
            entries.calls.append(
                Call("logs", "CreateLogStream", {"logGroupName": group, "logStreamName": stream})
            )
        entries.offsets[host] = entries.offsets.get(host, 0) + taken
        entries.more = entries.more or taken >= (1 << 20)
        entries.calls += _put(group, stream, lines, world.now)
        for name, value in scan(lines, definitions):
            entries.metrics[name] = {"MetricName": name, "Value": value, "Timestamp": world.now}
            points.append(
                {"MetricName": name, "Value": value, "Timestamp": world.now, "Dimensions": list(dimensions)}
            )
    if namespace:
        for start in range(0, len(points), 500):
            batch = {"Namespace": namespace, "MetricData": points[start : start + 500]}
            entries.calls.append(Call("cloudwatch", "PutMetricData", batch, optional=True))
    return entries


def scan(lines: Iterable[str], definitions: Sequence[Mapping[str, str]]) -> Iterable[tuple[str, float]]:
    """The metrics in some lines: the first group of each definition's expression, where it is a number."""
    compiled = [(d["Name"], pattern) for d in definitions if (pattern := _compile(d["Regex"])) is not None]
    for line in lines:
        scanned = line[:_LONGEST_SCANNED]
        for name, pattern in compiled:
            match = pattern.search(scanned)
            if match and match.groups():
                value = _number(match[1] or "")
                if value is not None:
                    yield name, value


def _number(text: str) -> float | None:
    """A finite number; metrics have no others."""
    try:
        value = float(text.rstrip(",;"))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


@lru_cache(maxsize=1024)
def _compile(expression: str) -> re.Pattern[str] | None:
    try:
        return re.compile(expression)
    except re.error:
        return None


def _has_group(world: World, group: str) -> bool:
    found = world.call("logs", "DescribeLogGroups", {"logGroupNamePrefix": group, "limit": 50})
    return any(entry["logGroupName"] == group for entry in found.get("logGroups", []))


def _take(world: World, run: str, host: str, offset: int, last: bool) -> tuple[list[str], int]:
    """Whole lines from an offset on, tabs as AWS's log driver shows them, and the bytes they took."""
    data = world.runs.output(run, host, offset)
    end = len(data) if last or len(data) >= (1 << 20) else data.rfind(b"\n") + 1
    if data and end == 0:
        return [], 0
    taken = data[:end]
    text = taken.decode("utf-8", "replace").replace("\t", "#011")
    # A progress bar redraws one line with carriage returns: each drawing is a line.
    return [line for line in re.split(r"[\r\n]+", text) if line], len(taken)


def _put(group: str, stream: str, lines: Sequence[str], now: float) -> Iterable[Call]:
    stamp = int(now * 1000)
    for start in range(0, len(lines), _LARGEST_BATCH):
        events = [
            {"timestamp": stamp, "message": line[:_LONGEST_LINE]}
            for line in lines[start : start + _LARGEST_BATCH]
        ]
        yield Call(
            "logs", "PutLogEvents", {"logGroupName": group, "logStreamName": stream, "logEvents": events}
        )
