"""Tell CloudWatch once in a day of business time what the buckets of an account in a region hold, after midnight (UTC).

One record for an account and region says how far it got: the bucket, the version, and the sums up to it. A turn reads a limited
number of versions, and its data are stored in the transaction that writes the record: none is lost or stored twice.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple

from clary.kernel import BusinessTime
from clary.plane import Noun, Platform, Record, Step, World
from clary.plane.controller import Call
from clary.plane.nouns.keys import Key
from clary.services.s3.bucket_rows import COLUMNS, Bucket
from clary.services.s3.lifecycle.rules import midnight_after
from clary.services.s3.metrics import holdings
from clary.services.s3.metrics.holdings import NOTHING, Holdings
from clary.services.s3.metrics.meter import NAMESPACE
from clary.services.s3.service import s3
from clary.store.api import Exists, Tx

Datum = dict[str, Any]

MEASURE = s3.declare(Noun("StorageMeasurement", arn="storage-measurement/{Name}", key=Key("Name")))
_ID = "daily"
_ROWS = 20_000  # versions in a turn
_DATA = 500  # in a turn, which ends with the bucket that brings so many


class Progress(NamedTuple):
    """Where a measurement is: in a bucket, with what there is up to the version `after`, or, without one, behind it."""

    bucket: str = ""
    after: tuple[str, int] | None = None
    found: Holdings = NOTHING


def begin(tx: Tx, partition: str, owner: str, region: str, business: BusinessTime) -> None:
    """Let the buckets of an account in a region be measured from the next midnight on."""
    scope = f"{owner}/{region}"
    if tx.get(MEASURE.kind, scope, _ID) is not None:
        return
    now, until = business.machine_now, midnight_after(business.now + 1)
    arn = f"arn:{partition}:s3:{region}:{owner}:storage-measurement/{_ID}"
    with suppress(Exists):  # another bucket's creation may be faster
        tx.insert(Record(MEASURE.kind, scope, _ID, arn=arn, created=now, modified=now, until=until))


@s3.controller(MEASURE)
def measure(record: Record, world: World) -> Step:
    """Sum up the next versions, and tell of the buckets that are done with."""
    with world.platform.store.read() as tx:
        turn = _Turn(tx, record.scope, world.business)
        known = turn.run(_read(record))
    calls = (_told(turn.data),) if turn.data else ()
    if known is None:
        tomorrow = midnight_after(world.business.now + 1)
        return Step(private=_written(Progress()), until=tomorrow, calls=calls)
    return Step(private=_written(known), after=0.0, calls=calls)


class _Turn:
    """Goes through buckets and their versions, as far as one turn goes."""

    def __init__(self, tx: Tx, scope: str, business: BusinessTime) -> None:
        self._tx = tx
        self._scope = scope
        self._business = business
        self._left = _ROWS
        self.data: list[Datum] = []

    def run(self, known: Progress) -> Progress | None:
        """Return how far it got, or None at the end of the last bucket."""
        while self._left > 0 and len(self.data) < _DATA:
            bucket = _bucket(self._tx, self._scope, known)
            if bucket is None:
                return None
            known = self._look(bucket, known if known.bucket == bucket.name else Progress())
        return known

    def _look(self, bucket: Bucket, known: Progress) -> Progress:
        page = holdings.versions(self._tx, bucket, known.after or ("", 0), self._left, self._business)
        self._left -= page.rows + 1  # buckets without versions count as well
        found = known.found.plus(page.holdings)
        if page.last is not None:
            return Progress(bucket.name, page.last, found)
        self.data += _data(bucket, found.plus(holdings.parts(self._tx, bucket)))
        return Progress(bucket.name)


def _bucket(tx: Tx, scope: str, known: Progress) -> Bucket | None:
    """Return the bucket to be looked at: the same one, or the next by name where it is done with or gone."""
    compares = ">" if known.after is None else ">="
    rows = tx.sql(
        f"SELECT {COLUMNS} FROM s3_bucket WHERE owner = ? AND region = ? AND name {compares} ? ORDER BY name LIMIT 1",
        *scope.split("/"), known.bucket,
    )  # fmt: skip
    return Bucket._make(rows[0]) if rows else None


def _data(bucket: Bucket, found: Holdings) -> list[Datum]:
    """Return the data of a bucket; none for an empty one."""
    if not found.objects:
        return []
    sizes = [
        _datum(bucket, "BucketSizeBytes", "Bytes", type, size) for type, size in sorted(found.sizes.items())
    ]
    return [_datum(bucket, "NumberOfObjects", "Count", "AllStorageTypes", found.objects), *sizes]


def _datum(bucket: Bucket, metric: str, unit: str, type: str, value: int) -> Datum:
    dimensions = [{"Name": "BucketName", "Value": bucket.name}, {"Name": "StorageType", "Value": type}]
    return {"MetricName": metric, "Dimensions": dimensions, "Unit": unit, "Value": float(value)}


def _told(data: list[Datum]) -> Call:
    """Return the call that stores data. One that is rejected does not stop the measurement."""
    return Call("cloudwatch", "PutMetricData", {"Namespace": NAMESPACE, "MetricData": data}, optional=True)


def _read(record: Record) -> Progress:
    said = record.private
    after = tuple(said["after"]) if said.get("after") else None
    return Progress(
        said.get("bucket", ""), after, Holdings(said.get("objects", 0), dict(said.get("sizes", {})))
    )


def _written(known: Progress) -> dict[str, Any]:
    return {
        "bucket": known.bucket,
        "after": list(known.after) if known.after else None,
        "objects": known.found.objects,
        "sizes": known.found.sizes,
    }


@s3.background(tables=("s3_bucket",), alone=True)
async def begin_where_buckets_are(platform: Platform) -> None:
    """Let the buckets be measured that are older than this; CreateBucket does it for new ones."""
    business = platform.business
    await platform.store.run(lambda tx: _begin_all(tx, platform.settings.partition, business), write=True)


def _begin_all(tx: Tx, partition: str, business: BusinessTime) -> None:
    for owner, region in tx.sql("SELECT DISTINCT owner, region FROM s3_bucket"):
        begin(tx, partition, owner, region, business)
