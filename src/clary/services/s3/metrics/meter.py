"""Count the requests to buckets that have metrics configurations in memory, and store each minute in CloudWatch.

"CloudWatch metrics are delivered on a best-effort basis" (metrics-dimensions, S3 User Guide): what was counted in the minute before a
process is killed is lost. Each gateway stores what it counted, and CloudWatch adds it up. Where no bucket has a configuration,
requests are not looked at.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from clary.kernel import AwsError, Caller
from clary.plane import Platform
from clary.plane.answered import Answered
from clary.plane.port import Plane
from clary.plane.signals import Closing
from clary.services.s3.access_points.rows import AccessPoint
from clary.services.s3.bucket_rows import Bucket, find_bucket
from clary.services.s3.metrics import requests
from clary.services.s3.metrics.configuration import TOPIC
from clary.services.s3.metrics.counts import Counts, Sample, Scanned
from clary.services.s3.metrics.object_tags import Subject, Tags, tags_of
from clary.services.s3.metrics.targets import Target, all_targets
from clary.services.s3.service import s3

log = logging.getLogger("clary.s3")

NAMESPACE = "AWS/S3"
_EXTRA = "s3:metrics"
_EVERY = 5.0  # seconds between looks
_REFRESH = 6  # looks, after which it reads what is metered also without a signal, which may be lost
_MINUTE = 60
_MOST = (
    50_000  # requests in memory whose tags are still to be read; more are not counted by filters with tags
)
_TOGETHER = 500  # objects whose tags are read at once
IN_ONE = 500  # data in one PutMetricData

Datum = dict[str, Any]
Place = tuple[Bucket, str, int]  # a bucket, the id of a configuration, when a minute began


class Waiting(NamedTuple):
    """What is counted if the object has the tags of the filter."""

    target: Target
    id: str
    minute: int
    what: Sample | Scanned
    subject: Subject


class Meter:
    """What one gateway counts. `targets` are the metered buckets, by the names that requests have for them."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.targets: dict[str, Target] = {}
        self.counts: dict[Place, Counts] = defaultdict(Counts)
        self.waiting: list[Waiting] = []
        self.dropped = 0

    def hear(self, answered: Answered) -> None:
        """Count a request to a metered bucket."""
        target = self.targets.get(answered.labels.get("Bucket") or "")
        if target is None or answered.operation.service.name != "s3" or not requests.is_counted(answered):
            return
        key = answered.labels.get("Key") or ""
        subject = Subject(
            target.bucket.name, key, requests.version_in(answered), requests.upload_in(answered)
        )
        tags = requests.tags_in(answered)
        self.count(target, requests.sample_of(answered), subject, answered.began, tags)

    def count(
        self, target: Target, what: Sample | Scanned, subject: Subject, moment: float, tags: Tags | None
    ) -> None:
        """Count something by each configuration that takes it; where the tags are not known, once they are."""
        minute = int(moment // _MINUTE * _MINUTE)
        for id, filter in target.filters.items():
            if not filter.takes(subject.key, target.point):
                continue
            if filter.tags and tags is None:
                self._wait(Waiting(target, id, minute, what, subject))
            elif not filter.tags or filter.has_tags(tags or {}):
                self.counts[target.bucket, id, minute].add(what)

    def _wait(self, one: Waiting) -> None:
        if len(self.waiting) < _MOST:
            self.waiting.append(one)
        else:
            self.dropped += 1

    async def refresh(self) -> None:
        """Read which buckets are metered, and listen only if there are any."""
        partition = self._platform.settings.partition
        self.targets = await self._platform.store.run(lambda tx: all_targets(tx, partition), write=False)
        hears = self.hear in self._platform.answered
        if bool(self.targets) != hears:
            (self._platform.answered.remove if hears else self._platform.answered.append)(self.hear)

    async def settle(self) -> None:
        """Read the tags of what waits for them, and count it."""
        waiting, self.waiting = self.waiting, []
        if self.dropped:
            log.warning("%d requests were not counted by filters with tags", self.dropped)
            self.dropped = 0
        if not waiting:
            return
        known = await self._tags({one.subject for one in waiting})
        for one in waiting:
            if one.target.filters[one.id].has_tags(known[one.subject]):
                self.counts[one.target.bucket, one.id, one.minute].add(one.what)

    async def _tags(self, subjects: set[Subject]) -> dict[Subject, Tags]:
        """Return the tags of all subjects; read some at a time, as others wait for the store."""
        known: dict[Subject, Tags] = {}
        every = list(subjects)
        for start in range(0, len(every), _TOGETHER):
            some = every[start : start + _TOGETHER]
            known |= await self._platform.store.run(lambda tx, some=some: tags_of(tx, some), write=False)
            await asyncio.sleep(0)
        return known

    async def store(self, *, ended: bool = True) -> None:
        """Store the minutes that have ended, or all, by bucket. What could not be stored is stored the next time."""
        now = self._platform.clock.now() if ended else float("inf")
        places: dict[Bucket, list[Place]] = defaultdict(list)
        for place in [place for place in self.counts if place[2] + _MINUTE <= now]:
            places[place[0]].append(place)
        for bucket, some in places.items():
            counted = {place: self.counts.pop(place) for place in some}
            try:
                await self._store(bucket, counted)
            except AwsError as error:
                log.warning("The metrics of %s could not be stored: %s", bucket.name, error)
            except BaseException:
                self.counts |= counted
                raise

    async def _store(self, bucket: Bucket, counted: dict[Place, Counts]) -> None:
        """Store what was counted of a bucket, unless another bucket has its name by now."""
        found = await self._platform.store.run(lambda tx: find_bucket(tx, bucket.name), write=False)
        if found is None or (found.owner, found.created) != (bucket.owner, bucket.created):
            return
        data = list(_data(bucket, counted))
        for start in range(0, len(data), IN_ONE):
            await put(self._platform, bucket, data[start : start + IN_ONE])


def _data(bucket: Bucket, counted: dict[Place, Counts]) -> Iterator[Datum]:
    for (_, id, minute), counts in counted.items():
        dimensions = [{"Name": "BucketName", "Value": bucket.name}, {"Name": "FilterId", "Value": id}]
        yield from counts.data({"Dimensions": dimensions, "Timestamp": minute})


async def put(platform: Platform, bucket: Bucket, data: list[Datum]) -> None:
    """Store data of a bucket as S3 itself, in the account of its owner."""
    params = {"Namespace": NAMESPACE, "MetricData": data}
    await platform.aperform("cloudwatch", "PutMetricData", params, as_s3(platform, bucket), bucket.region)


def as_s3(platform: Platform, bucket: Bucket) -> Caller:
    source = f"arn:{platform.settings.partition}:s3:::{bucket.name}"
    return Caller.of_service(s3.principal, bucket.owner, source)


def meter(platform: Platform) -> Meter:
    """Return the meter of this process."""
    if _EXTRA not in platform.extras:
        platform.extras[_EXTRA] = Meter(platform)
    return platform.extras[_EXTRA]


def counts_select(
    platform: Plane, point: AccessPoint | None, subject: Subject, tags: Tags
) -> Callable[[int, int], None] | None:
    """Return what is to be told how much a query has read and returned; None where its bucket is not metered."""
    counting: Meter | None = platform.extras.get(_EXTRA)
    name = subject.bucket if point is None else point.arn(platform.settings.partition)
    target = counting.targets.get(name) if counting else None
    if counting is None or target is None:
        return None
    return lambda scanned, returned: counting.count(
        target, Scanned(scanned, returned), subject, platform.clock.now(), tags
    )


@s3.background(tables=("s3_setting",))
async def keep_metering(platform: Platform) -> None:
    """Follow which buckets are metered, and store what was counted; also when the gateway ends."""
    counting, heard, looks = meter(platform), False, 0
    with platform.signals.watch(TOPIC) as watch:
        try:
            while True:
                await _safely(counting, refresh=heard or looks % _REFRESH == 0)
                heard, looks = await watch.wait(_EVERY), looks + 1
        except (Closing, asyncio.CancelledError):
            await counting.settle()
            await counting.store(ended=False)
            raise


async def _safely(counting: Meter, *, refresh: bool) -> None:
    try:
        await counting.settle()
        await counting.store()
        if refresh:
            await counting.refresh()
    except Exception:
        log.exception("Metrics of buckets could not be stored")
