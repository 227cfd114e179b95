"""How large a request may be, by operation and protocol: as it is sent, and once it is unpacked. Knows no bodies.

A model says so where AWS does (a payload's maximal length, and `largestBody` and `largestUnpacked` in patches.json);
otherwise it is what the protocol's documents are held to. Sources: "Error responses" (S3 API Reference),
PutMetricData (CloudWatch API Reference: 1 MB, which may be packed), "Payload size" (SageMaker quotas).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from clary.kernel import AwsError

if TYPE_CHECKING:
    from clary.wire.model import Operation

_MB = 1 << 20
SMALLEST = _MB  # of what any protocol takes
_LARGEST = {
    "query": _MB,
    "ec2": _MB,
    "rest-xml": _MB,
    "json": 6 * _MB,
    "rest-json": 6 * _MB,
    "smithy-rpc-v2-cbor": 6 * _MB,
}


class Limit(NamedTuple):
    """In bytes."""

    sent: int
    unpacked: int


def of(operation: Operation, protocol: str) -> Limit:
    """Return the limit of an operation whose body does not stream."""
    said = operation.description
    sent = said.get("largestBody") or _payload(operation, protocol) or _LARGEST[protocol]
    return Limit(sent, said.get("largestUnpacked", sent))


def _payload(operation: Operation, protocol: str) -> int | None:
    """Return the maximal length of a body that is one blob."""
    shape = operation.payload_in if protocol.startswith("rest") else None
    return shape.metadata.get("max") if shape is not None and shape.type_name == "blob" else None


def too_large(protocol: str, limit: int) -> AwsError:
    """Return the refusal of a larger body: S3's (MaxMessageLengthExceeded), that of Query services (as
    CloudWatch says it), that of SageMaker's endpoints, and that of the others."""
    if protocol == "rest-xml":
        members = {"MaxMessageLengthBytes": str(limit)}
        return AwsError("MaxMessageLengthExceeded", "Your request was too big.", 400, members)
    if protocol in ("query", "ec2"):
        return AwsError("RequestEntityTooLarge", f"Request size exceeded {limit} bytes", 413)
    what = "HTTP content length" if protocol == "rest-json" else "Request size"
    return AwsError("RequestEntityTooLargeException", f"{what} exceeded {limit} bytes.", 413)
