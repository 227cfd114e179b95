"""What invocations leave behind: lines in CloudWatch Logs, as the function's role may write them, and metrics.

Both are gathered in memory and stored about every half second by the process that owns the pool.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from clary.access.directory import Directory
from clary.kernel import Arn, AwsError, Caller
from clary.plane.port import Plane
from clary.plane.samples import Sample
from clary.services.lambda_.running.order import Order
from clary.services.lambda_.service import lambda_

log = logging.getLogger("clary.lambda")

Params = dict[str, Any]
_NAMESPACE = "AWS/Lambda"
_BATCH = 1000
_BYTES = 900_000
_ROLE_SECONDS = 60.0
_MOST = 200_000  # events that wait to be stored; older ones go


@dataclass(frozen=True, slots=True)
class Stream:
    """Where lines go: account and region, group, stream, and the role that writes them."""

    scope: str
    group: str
    name: str
    role: str
    arn: str


@dataclass(slots=True)
class Reports:
    """The lines and metrics of one process."""

    platform: Plane
    lines: dict[Stream, list[tuple[int, str]]] = field(default_factory=dict)
    samples: dict[tuple[str, str, str, str], Sample] = field(default_factory=lambda: defaultdict(Sample))
    _made: set[tuple[str, str, str]] = field(default_factory=set)
    _roles: dict[str, tuple[float, Caller]] = field(default_factory=dict)

    def write(self, stream: Stream, events: list[tuple[int, str]]) -> None:
        """Add events to a stream."""
        held = self.lines.setdefault(stream, [])
        held += events
        del held[:-_MOST]

    def count(self, order: Order, metric: str, value: float) -> None:
        """Add a value to a metric of a function, and to that of the qualifier that was asked for."""
        for resource in ("", f"{order.name}:{order.qualifier}" if order.qualifier else None):
            if resource is not None:
                self.samples[(order.scope, order.name, resource, metric)].add(value)

    async def flush(self) -> None:
        """Store what was gathered. What cannot be stored is logged and left out."""
        lines, self.lines = self.lines, {}
        samples, self.samples = self.samples, defaultdict(Sample)
        for stream, events in lines.items():
            await self._attempt(
                self._store_lines(stream, sorted(events, key=lambda event: event[0])), stream.group
            )
        for (scope, name), data in _data(samples, self.platform.clock.now()).items():
            await self._attempt(self._store_metrics(scope, name, data), name)

    async def _attempt(self, work: Any, what: str) -> None:
        try:
            await work
        except AwsError as error:
            log.info("logs or metrics of %s are not kept: %s", what, error)
        except Exception:
            log.exception("logs or metrics of %s could not be stored", what)

    async def _store_metrics(self, scope: str, name: str, data: list[Params]) -> None:
        account, _, region = scope.partition("/")
        caller = Caller.of_service(
            lambda_.principal, account, f"arn:aws:lambda:{region}:{account}:function:{name}"
        )
        params = {"Namespace": _NAMESPACE, "MetricData": data}
        await self.platform.aperform("cloudwatch", "PutMetricData", params, caller, region)

    async def _store_lines(self, stream: Stream, events: list[tuple[int, str]]) -> None:
        caller, region = await self._role(stream), stream.scope.partition("/")[2]
        place = {"logGroupName": stream.group, "logStreamName": stream.name}
        if (stream.scope, stream.group, stream.name) not in self._made:
            await self._make(stream, caller, region)
        for batch in _batches(events):
            said = [{"timestamp": at, "message": text or " "} for at, text in batch]
            await self.platform.aperform("logs", "PutLogEvents", {**place, "logEvents": said}, caller, region)

    async def _make(self, stream: Stream, caller: Caller, region: str) -> None:
        """Create the stream, and its group if there is none: for which the role needs the right."""
        place = {"logGroupName": stream.group, "logStreamName": stream.name}
        try:
            await self._call("CreateLogStream", place, caller, region)
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise
            await self._call("CreateLogGroup", {"logGroupName": stream.group}, caller, region)
            await self._call("CreateLogStream", place, caller, region)
        self._made.add((stream.scope, stream.group, stream.name))

    async def _call(self, operation: str, params: Params, caller: Caller, region: str) -> None:
        try:
            await self.platform.aperform("logs", operation, params, caller, region)
        except AwsError as error:
            if error.code != "ResourceAlreadyExistsException":
                raise

    async def _role(self, stream: Stream) -> Caller:
        """Return the function's role, which is looked up again after a minute."""
        known = self._roles.get(stream.role)
        if known is None or time.monotonic() - known[0] > _ROLE_SECONDS:
            caller = await self.platform.store.run(lambda tx: acting(self.platform, tx, stream), write=False)
            known = self._roles[stream.role] = (time.monotonic(), caller)
        return known[1]


def acting(platform: Plane, tx: Any, stream: Stream) -> Caller:
    """Return Lambda in a session of a function's role. Raise AccessDenied."""
    directory: Directory = platform.extras["directory"]
    service = Caller.of_service(lambda_.principal, stream.scope.partition("/")[0], stream.arn)
    return directory.acting(tx, stream.role, Arn.parse(stream.arn).resource.split(":")[1], service)


def _batches(events: list[tuple[int, str]]) -> list[list[tuple[int, str]]]:
    """Return events in the portions that one PutLogEvents takes."""
    found: list[list[tuple[int, str]]] = []
    size = _BYTES
    for event in events:
        cost = len(event[1].encode()) + 26
        if size + cost > _BYTES or len(found[-1]) >= _BATCH:
            found.append([])
            size = 0
        found[-1].append(event)
        size += cost
    return found


_UNITS = {"Duration": "Milliseconds"}


def _data(
    samples: dict[tuple[str, str, str, str], Sample], now: float
) -> dict[tuple[str, str], list[Params]]:
    """Return samples as PutMetricData takes them, by function."""
    found: dict[tuple[str, str], list[Params]] = defaultdict(list)
    for (scope, name, resource, metric), sample in samples.items():
        dimensions = [{"Name": "FunctionName", "Value": name}]
        if resource:
            dimensions.append({"Name": "Resource", "Value": resource})
        unit = _UNITS.get(metric, "Count")
        found[(scope, name)].append(
            {
                "MetricName": metric,
                "Dimensions": dimensions,
                "Timestamp": now,
                "StatisticValues": sample.statistics(),
                "Unit": unit,
            }
        )
    return found
