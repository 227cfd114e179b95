"""Metrics of replication, for rules that ask for them: each minute in which a rule has something to do, by the gateway that replicates.

Source: "S3 Replication metrics in CloudWatch" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from clary.kernel import AwsError
from clary.plane import Platform
from clary.services.s3.bucket_rows import Bucket, with_settings
from clary.services.s3.metrics.meter import IN_ONE, put
from clary.services.s3.replication import tasks
from clary.services.s3.replication.rules import configuration_of
from clary.services.s3.replication.stored import KIND
from clary.services.s3.replication.tasks import Pending, Task

log = logging.getLogger("clary.s3")

Datum = dict[str, Any]

_EXTRA = "s3:replication-metrics"


class Way(NamedTuple):
    """From which bucket into which one, by which rule."""

    source: str
    destination: str
    rule: str


@dataclass(slots=True)
class Done:
    """What came of a rule since the last minute was stored. `slowest` is in seconds."""

    slowest: float = 0.0
    failed: int = 0


def note(platform: Platform, task: Task, *, failed: bool) -> None:
    """Remember what came of a task. It is stored for the rules that have metrics."""
    done = _known(platform).setdefault(Way(task.bucket, task.destination, task.rule), Done())
    done.failed += failed
    done.slowest = max(done.slowest, platform.clock.now() - task.since)


async def store(platform: Platform) -> int:
    """Store the metrics of the last minute; return how many rules had something to do. What fails is lost."""
    known = _known(platform)
    done = dict(known)
    known.clear()
    pending = await asyncio.to_thread(_pending, platform)
    told = 0
    for bucket, ways in pending.items():
        busy = {way: found for way, found in ways.items() if found.operations or way in done}
        if busy:
            await _store(platform, bucket, busy, done)
        told += len(busy)
    return told


async def _store(platform: Platform, bucket: Bucket, busy: dict[Way, Pending], done: dict[Way, Done]) -> None:
    data = [one for way, found in busy.items() for one in _data(platform, way, found, done.get(way, Done()))]
    try:
        for start in range(0, len(data), IN_ONE):
            await put(platform, bucket, data[start : start + IN_ONE])
    except AwsError as error:
        log.warning("The metrics of replication from %s could not be stored: %s", bucket.name, error)


def _known(platform: Platform) -> dict[Way, Done]:
    return platform.extras.setdefault(_EXTRA, {})


def _pending(platform: Platform) -> dict[Bucket, dict[Way, Pending]]:
    """Return what each rule that has metrics has still to do. In a thread: there may be many tasks."""
    found: dict[Bucket, dict[Way, Pending]] = {}
    with platform.store.read() as tx:
        for bucket, stored in with_settings(tx, KIND):
            rules = configuration_of(orjson.dumps(stored).decode()).rules
            ways = [
                Way(bucket.name, one.destination, one.id) for one in rules if one.watched and _fits(one.id)
            ]
            left = tasks.pending(tx, bucket.name) if ways else {}
            found[bucket] = {way: left.get((way.destination, way.rule), tasks.NOTHING) for way in ways}
    return found


def _fits(id: str) -> bool:
    """Return whether the id of a rule can be the value of a dimension."""
    return bool(id.strip()) and id.isascii() and id.isprintable()


def _data(platform: Platform, way: Way, pending: Pending, done: Done) -> list[Datum]:
    oldest = platform.clock.now() - pending.since if pending.operations else 0.0
    values = (
        ("ReplicationLatency", "Seconds", max(oldest, done.slowest, 0.0)),
        ("BytesPendingReplication", "Bytes", pending.bytes),
        ("OperationsPendingReplication", "Count", pending.operations),
        ("OperationsFailedReplication", "Count", done.failed),
    )
    dimensions = [
        {"Name": "SourceBucket", "Value": way.source},
        {"Name": "DestinationBucket", "Value": way.destination},
        {"Name": "RuleId", "Value": way.rule},
    ]
    return [
        {"MetricName": name, "Dimensions": dimensions, "Unit": unit, "Value": float(value)}
        for name, unit, value in values
    ]
