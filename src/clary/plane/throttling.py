"""Limits on calls per account and operation, and the error for exceeding them in each protocol. Knows no
service.

Sources: CommonErrors of each API reference (400 ThrottlingException for JSON services, 400 Throttling for
Query services); "Error responses" of S3 (503 SlowDown); for the HTTP status, the errors that a model
declares. SDKs read how long to wait from `x-amz-retry-after`, in milliseconds.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import NamedTuple

from clary.kernel import AwsError
from clary.plane.around import Invocation
from clary.wire import Operation

_RETRY_AFTER = 1.0  # seconds, if nothing says how long it will take
_EXCEPTION = "ThrottlingException"
# Wire protocol -> error code and HTTP status.
_BY_PROTOCOL = {
    "json": (_EXCEPTION, 400),
    "rest-json": (_EXCEPTION, 429),
    "smithy-rpc-v2-cbor": (_EXCEPTION, 400),
    "query": ("Throttling", 400),
    "ec2": ("RequestLimitExceeded", 503),
    "rest-xml": ("Throttling", 400),
}
_BY_SERVICE = {"s3": ("SlowDown", 503)}
_CODES = {code for code, _ in (*_BY_PROTOCOL.values(), *_BY_SERVICE.values())}

_LIMIT = re.compile(r"(\*|[a-z0-9-]+):(\*|\w+)=(\d+)/([smh])", re.ASCII)
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_MOST_BUCKETS = 10_000


def throttled(op: Operation, seconds: float = _RETRY_AFTER) -> AwsError:
    """Return the error for a call that may be repeated after some seconds."""
    service = op.service
    protocol = "query" if service.query_compatible else service.protocols[0]
    code, status = _BY_SERVICE.get(service.name) or _BY_PROTOCOL[protocol]
    if code in service.errors:
        status = service.errors[code].status or status
    message = "Please reduce your request rate." if code == "SlowDown" else "Rate exceeded"
    headers = {"x-amz-retry-after": str(max(1, math.ceil(seconds * 1000)))}
    return AwsError(code, message, status, headers=headers)


def is_throttling(error: AwsError) -> bool:
    """Return whether an error is a throttling error."""
    return error.code in _CODES


class BadLimits(Exception):
    """The setting of limits is malformed, or names something unknown. No process may start with it."""


class Limit(NamedTuple):
    """A number of calls in a number of seconds. All may come at once; then they are allowed one by one."""

    calls: int
    seconds: float


Limits = Mapping[tuple[str, str], Limit]  # (service, operation) -> limit; either may be `*`


def limits_of(text: str, operations: Mapping[str, Mapping[str, object]]) -> Limits:
    """Return the limits in a text such as `sagemaker:CreateTrainingJob=5/s, s3:*=100/s`.

    Raise BadLimits if it is malformed, or names a service or an operation that is not in `operations`.
    """
    found: dict[tuple[str, str], Limit] = {}
    for word in text.replace(",", " ").split():
        match = _LIMIT.fullmatch(word)
        if match is None or int(match[3]) < 1:
            raise BadLimits(
                f"{word!r} is no limit such as sagemaker:CreateTrainingJob=5/s, s3:*=100/s, *:*=1000/m"
            )
        service, operation = match[1], match[2]
        if service != "*" and service not in operations:
            raise BadLimits(f"{word!r} limits a service that is not here: {service}")
        if operation != "*" and not any(
            operation in known for name, known in operations.items() if service in ("*", name)
        ):
            raise BadLimits(f"{word!r} limits an operation that is not here: {operation}")
        found[service, operation] = Limit(int(match[3]), _UNITS[match[4]])
    return found


class _Bucket:
    """A token bucket of one account and operation. It is full when no token was taken for long enough."""

    __slots__ = ("at", "tokens")

    def __init__(self, limit: Limit, now: float) -> None:
        self.tokens = float(limit.calls)
        self.at = now

    def take(self, limit: Limit, now: float) -> float:
        """Take a token and return 0, or return the seconds until there is one."""
        rate = limit.calls / limit.seconds
        self.tokens = min(float(limit.calls), self.tokens + (now - self.at) * rate)
        self.at = now
        if self.tokens < 1.0:
            return (1.0 - self.tokens) / rate
        self.tokens -= 1.0
        return 0.0


class Throttling:
    """A hook around all calls (around.py) that rejects those of an account that come too fast.

    Calls from inside are not counted: they belong to a call that was.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = dict(limits)
        self._clock = clock
        self._lock = Lock()
        self._buckets: dict[tuple[str, str, str], _Bucket] = {}

    def before(self, call: Invocation) -> None:
        ctx = call.ctx
        if ctx.inside:
            return
        service, operation = ctx.op.service.name, ctx.op.name
        limit = self._limit(service, operation)
        if limit is None:
            return
        with self._lock:
            wait = self._bucket(ctx.caller.account, service, operation, limit).take(limit, self._clock())
        if wait > 0:
            raise throttled(ctx.op, wait)

    def after(self, call: Invocation) -> None:
        """Do nothing: a call does not give its token back."""

    def _limit(self, service: str, operation: str) -> Limit | None:
        """Return the most specific limit: of the operation, of its name in any service, of the service, of
        all."""
        names = ((service, operation), ("*", operation), (service, "*"), ("*", "*"))
        return next((self._limits[name] for name in names if name in self._limits), None)

    def _bucket(self, account: str, service: str, operation: str, limit: Limit) -> _Bucket:
        key = (account, service, operation)
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= _MOST_BUCKETS:
                self._buckets.pop(
                    next(iter(self._buckets))
                )  # drop the oldest, which is full again unless all are in use
            bucket = self._buckets[key] = _Bucket(limit, self._clock())
        return bucket
