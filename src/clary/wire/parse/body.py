"""The whole body of a request, unpacked where it came packed. Knows no shape."""

from __future__ import annotations

import zlib

from clary.kernel import AwsError
from clary.wire import limits
from clary.wire.http import Request


def whole(request: Request) -> bytes:
    """Return the body as bytes."""
    body = request.body
    if not isinstance(body, bytes):
        raise TypeError("an operation without a streaming payload takes a whole body")
    return body


def is_packed(request: Request) -> bool:
    """Return whether a request says that its body is gzip (`Content-Encoding: gzip`, as PutMetricData sends
    it)."""
    return "gzip" in request.headers.get("content-encoding", "").lower()


def unpack(request: Request, protocol: str, largest: int) -> None:
    """Undo gzip in place. Raise AwsError for a body that is not what its encoding says, or that has more than
    `largest` bytes; no more than these are ever unpacked."""
    body = whole(request)
    if not body or not is_packed(request):
        return
    unpacker = zlib.decompressobj(wbits=31)
    try:
        out = unpacker.decompress(body, largest + 1)
    except zlib.error:
        raise AwsError("SerializationException", "The request body is not valid gzip.") from None
    if len(out) > largest:
        raise limits.too_large(protocol, largest)
    if not unpacker.eof:
        raise AwsError("SerializationException", "The request body is not valid gzip.")
    request.body = out
    del request.headers["content-encoding"]
