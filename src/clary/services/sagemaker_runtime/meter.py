"""The endpoint metrics of CloudWatch's AWS/SageMaker namespace, counted in memory and stored every second or so."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from clary.kernel import Caller
from clary.plane import Platform
from clary.services.sagemaker_runtime.routes import Route

_NAMESPACE = "AWS/SageMaker"


@dataclass(slots=True)
class Counts:
    """One variant since the last flush. Latencies in microseconds."""

    invocations: int = 0
    errors_4xx: int = 0
    errors_5xx: int = 0
    model_errors: int = 0
    latencies: list[float] = field(default_factory=list)


class Meter:
    """Counts invocations."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._counts: dict[tuple[str, str, str], Counts] = defaultdict(Counts)

    def add(self, route: Route, variant: str, status: int, seconds: float) -> None:
        """One answered invocation."""
        counts = self._counts[(route.scope, route.name, variant)]
        counts.invocations += 1
        counts.latencies.append(seconds * 1e6)
        if status >= 500:
            counts.errors_5xx += 1
        elif status >= 400:
            counts.errors_4xx += 1
        counts.model_errors += status >= 300

    async def flush(self) -> None:
        """Store what was counted."""
        counted, self._counts = self._counts, defaultdict(Counts)
        for (scope, endpoint, variant), counts in counted.items():
            account, _, region = scope.partition("/")
            params = {
                "Namespace": _NAMESPACE,
                "MetricData": points(endpoint, variant, counts, self._platform.clock.now()),
            }
            caller = Caller.of_service("sagemaker.amazonaws.com", account)
            await self._platform.aperform("cloudwatch", "PutMetricData", params, caller, region)


def points(endpoint: str, variant: str, counts: Counts, now: float) -> list[dict[str, Any]]:
    """The data of one variant as PutMetricData takes it."""
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
        "SampleCount": float(len(counts.latencies)),
        "Sum": sum(counts.latencies),
        "Minimum": min(counts.latencies),
        "Maximum": max(counts.latencies),
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
