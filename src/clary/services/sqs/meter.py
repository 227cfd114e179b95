"""Metrics of the namespace AWS/SQS: counted in memory and stored once a minute, as AWS's are.

Source: "Available CloudWatch metrics for Amazon SQS" (Developer Guide). Each request is a sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clary.kernel import Caller
from clary.plane.port import Plane
from clary.plane.samples import Sample
from clary.services.sqs.queue import Queue
from clary.services.sqs.service import sqs

NAMESPACE = "AWS/SQS"
_UNITS = {"SentMessageSize": "Bytes", "ApproximateAgeOfOldestMessage": "Seconds"}


Samples = dict[str, Sample]


class Meter:
    """What happened in this process since the last minute, by the ARN of the queue and the metric."""

    def __init__(self) -> None:
        self._samples: dict[str, Samples] = {}

    @classmethod
    def of(cls, platform: Plane) -> Meter:
        return platform.extras.setdefault("sqs:meter", cls())

    def _add(self, queue: Queue, metric: str, value: float) -> None:
        self._samples.setdefault(queue.arn, {}).setdefault(metric, Sample()).add(value)

    def sent(self, queue: Queue, sizes: Sequence[int]) -> None:
        self._add(queue, "NumberOfMessagesSent", len(sizes))
        for size in sizes:
            self._add(queue, "SentMessageSize", size)

    def received(self, queue: Queue, number: int) -> None:
        self._add(queue, "NumberOfMessagesReceived" if number else "NumberOfEmptyReceives", number or 1)

    def deleted(self, queue: Queue, number: int) -> None:
        self._add(queue, "NumberOfMessagesDeleted", number)

    def take(self) -> dict[str, Samples]:
        """Return what was counted, and begin again."""
        taken, self._samples = self._samples, {}
        return taken


async def store(platform: Plane, arn: str, samples: Samples) -> None:
    """Store what samples of a queue come to."""
    _, _, _, region, account, name = arn.split(":")
    base = {"Dimensions": [{"Name": "QueueName", "Value": name}], "Timestamp": platform.clock.now()}
    data = [base | _datum(metric, sample) for metric, sample in samples.items()]
    caller = Caller.of_service(sqs.principal, account, arn)
    params = {"Namespace": NAMESPACE, "MetricData": data}
    await platform.aperform("cloudwatch", "PutMetricData", params, caller, region)


def _datum(metric: str, sample: Sample) -> dict[str, Any]:
    return {"MetricName": metric, "StatisticValues": sample.statistics(), "Unit": _UNITS.get(metric, "Count")}
