"""Too much at once: what a client is told, in the words of each protocol. Knows no service.

Sources: CommonErrors of each API reference (400 ThrottlingException of the JSON services, 400 Throttling of the Query
services); "Error responses" of S3 (503 SlowDown); the errors that a model declares, for their HTTP status. SDKs read how
long to wait from `x-amz-retry-after`, in milliseconds.
"""

from __future__ import annotations

import math

from clary.kernel import AwsError
from clary.wire import Operation

_RETRY_AFTER = 1.0  # seconds, where nothing says how long it will take
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


def throttled(op: Operation, seconds: float = _RETRY_AFTER) -> AwsError:
    """Return the refusal of a call that may be made again after some seconds."""
    service = op.service
    protocol = "query" if service.query_compatible else service.protocols[0]
    code, status = _BY_SERVICE.get(service.name) or _BY_PROTOCOL[protocol]
    if code in service.errors:
        status = service.errors[code].status or status
    message = "Please reduce your request rate." if code == "SlowDown" else "Rate exceeded"
    headers = {"x-amz-retry-after": str(max(1, math.ceil(seconds * 1000)))}
    return AwsError(code, message, status, headers=headers)
