"""What is counted of the requests of one metrics configuration in one minute. Knows no bucket and no HTTP.

Source: "Amazon S3 request metrics in CloudWatch" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from clary.services.s3.metrics.distribution import Distribution

Datum = dict[str, Any]

_UNITS = {"FirstByteLatency": "Milliseconds", "TotalRequestLatency": "Milliseconds"}


class Sample(NamedTuple):
    """One request. `kind` is the metric of its type ('' for none), the bytes are 0 where there was no body."""

    kind: str
    status: int
    uploaded: int
    downloaded: int
    milliseconds: float


class Scanned(NamedTuple):
    """What SelectObjectContent has read and returned, which is known when its answer ends."""

    scanned: int
    returned: int


class Counts:
    """The requests of a minute that one configuration counts."""

    def __init__(self) -> None:
        self.requests = self.errors_4xx = self.errors_5xx = 0
        self.kinds: Counter[str] = Counter()
        self.values: dict[str, Distribution] = {}

    def add(self, what: Sample | Scanned) -> None:
        if isinstance(what, Sample):
            self._add_request(what)
        else:
            self.note("SelectBytesScanned", what.scanned)
            self.note("SelectBytesReturned", what.returned)

    def _add_request(self, sample: Sample) -> None:
        self.requests += 1
        self.errors_4xx += 400 <= sample.status < 500
        self.errors_5xx += sample.status >= 500
        if sample.kind:
            self.kinds[sample.kind] += 1
        if sample.uploaded:
            self.note("BytesUploaded", sample.uploaded)
        if sample.downloaded:
            self.note("BytesDownloaded", sample.downloaded)
        self.note("FirstByteLatency", sample.milliseconds)
        self.note("TotalRequestLatency", sample.milliseconds)

    def note(self, metric: str, value: float) -> None:
        """Add a number to a metric that has percentiles."""
        if metric not in self.values:
            self.values[metric] = Distribution()
        self.values[metric].add(value)

    def data(self, base: Datum) -> Iterator[Datum]:
        """Yield the data for PutMetricData. Types of requests that did not come have none, as on AWS."""
        if self.requests:
            yield _counted(base, "AllRequests", self.requests, self.requests)
            yield _counted(base, "4xxErrors", self.requests, self.errors_4xx)
            yield _counted(base, "5xxErrors", self.requests, self.errors_5xx)
        for kind, count in self.kinds.items():
            yield _counted(base, kind, count, count)
        for metric, values in self.values.items():
            yield from values.data({**base, "MetricName": metric, "Unit": _UNITS.get(metric, "Bytes")})


def _counted(base: Datum, metric: str, samples: int, total: int) -> Datum:
    """Return a datum of samples that are 0 or 1."""
    values = {
        "SampleCount": float(samples),
        "Sum": float(total),
        "Minimum": float(total == samples),
        "Maximum": float(total > 0),
    }
    return {**base, "MetricName": metric, "StatisticValues": values, "Unit": "Count"}
