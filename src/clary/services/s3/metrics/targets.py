"""The buckets whose requests are counted, by the names that requests have for them. Knows no request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from clary.services.s3.acceleration.hosts import MARK
from clary.services.s3.access_points import rows as access_points
from clary.services.s3.access_points.rows import AccessPoint
from clary.services.s3.bucket_rows import Bucket, with_settings
from clary.services.s3.metrics.configuration import KIND
from clary.services.s3.metrics.filters import Filter, filter_of
from clary.store.api import Tx


class Target(NamedTuple):
    """A bucket, and the filters of its configurations by their ids. `point` is the ARN of the access point by which it is named, or ''."""

    bucket: Bucket
    filters: dict[str, Filter]
    point: str = ""


def all_targets(tx: Tx, partition: str) -> dict[str, Target]:
    """Return what is counted, by each name that the path or the host of a request can have for it."""
    by_bucket: dict[Bucket, dict[str, Filter]] = {}
    for bucket, configuration in with_settings(tx, KIND):
        by_bucket.setdefault(bucket, {})[configuration["Id"]] = filter_of(configuration)
    found: dict[str, Target] = {}
    for bucket, filters in by_bucket.items():
        found[bucket.name] = found[bucket.name + MARK] = Target(bucket, filters)
        for point in access_points.of_bucket(tx, bucket.name, bucket.owner):
            target = Target(bucket, filters, point.arn(partition))
            found |= {name: target for name in _names(point, target.point) if name not in found}
    return found


def _names(point: AccessPoint, arn: str) -> Iterator[str]:
    """Yield what requests say for an access point ("Referencing access points", S3 User Guide)."""
    label = f"{point.name}-{point.account}"
    yield from (arn, point.alias, label)
    yield f"{label}.s3-accesspoint.{point.region}"
    yield f"{label}.s3-accesspoint.dualstack.{point.region}"
