"""Endpoint metrics of CloudWatch's AWS/SageMaker namespace: counted in memory, stored about every second."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from clary.kernel import Arn, Caller
from clary.plane.port import Plane
from clary.services.sagemaker.runtime.routes import Route
from clary.services.sagemaker.runtime.service import runtime

_NAMESPACE = "AWS/SageMaker"
Key = tuple[str, str]  # the endpoint's ARN, the variant


@dataclass(slots=True)
class Counts:
    """Counts of one variant since the last flush. `total`, `low` and `high` are latencies in microseconds."""

    invocations: int = 0
    errors_4xx: int = 0
    errors_5xx: int = 0
    model_errors: int = 0
    total: float = 0.0
    low: float = math.inf
    high: float = 0.0

    def add(self, status: int, latency: float) -> None:
        self.invocations += 1
        self.errors_5xx += status >= 500
        self.errors_4xx += 400 <= status < 500
        self.model_errors += status >= 300
        self.total += latency
        self.low, self.high = min(self.low, latency), max(self.high, latency)

    def merge(self, other: Counts) -> None:
        self.invocations += other.invocations
        self.errors_4xx += other.errors_4xx
        self.errors_5xx += other.errors_5xx
        self.model_errors += other.model_errors
        self.total += other.total
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)


class Meter:
    """Counts invocations by endpoint and variant."""

    def __init__(self, platform: Plane) -> None:
        self._platform = platform
        self._counts: dict[Key, Counts] = defaultdict(Counts)

    def add(self, route: Route, variant: str, status: int, seconds: float) -> None:
        """Count one answered invocation."""
        self._counts[(route.arn, variant)].add(status, seconds * 1e6)

    async def flush(self) -> None:
        """Store what was counted. If that fails, keep the counts for the next time and raise."""
        for key in list(self._counts):
            counts = self._counts.pop(key)
            try:
                await self._store(key, counts)
            except Exception:
                self._counts[key].merge(counts)
                raise

    async def _store(self, key: Key, counts: Counts) -> None:
        arn, variant = key
        endpoint = Arn.parse(arn)
        data = points(endpoint.name, variant, counts, self._platform.clock.now())
        params = {"Namespace": _NAMESPACE, "MetricData": data}
        caller = Caller.of_service(runtime.principal, endpoint.account, arn)
        await self._platform.aperform("cloudwatch", "PutMetricData", params, caller, endpoint.region)


def points(endpoint: str, variant: str, counts: Counts, now: float) -> list[dict[str, Any]]:
    """Return the data of one variant as PutMetricData takes it."""
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
    base = {"Dimensions": dimensions, "Timestamp": now}
    # Each invocation is a sample: Sum counts all, SampleCount says of how many, as AWS documents these metrics.
    errors = {
        "Invocation4XXErrors": counts.errors_4xx,
        "Invocation5XXErrors": counts.errors_5xx,
        "InvocationModelErrors": counts.model_errors,
    }
    data = [_sampled("Invocations", counts.invocations, counts.invocations, base)]
    data += [_sampled(name, total, counts.invocations, base) for name, total in errors.items()]
    latency = {
        "SampleCount": float(counts.invocations),
        "Sum": counts.total,
        "Minimum": counts.low,
        "Maximum": counts.high,
    }
    data.append({**base, "MetricName": "ModelLatency", "StatisticValues": latency, "Unit": "Microseconds"})
    return data


def _sampled(name: str, total: int, samples: int, base: dict[str, Any]) -> dict[str, Any]:
    low = 1.0 if total == samples else 0.0
    values = {
        "SampleCount": float(samples),
        "Sum": float(total),
        "Minimum": low,
        "Maximum": 1.0 if total else 0.0,
    }
    return {**base, "MetricName": name, "StatisticValues": values, "Unit": "None"}
