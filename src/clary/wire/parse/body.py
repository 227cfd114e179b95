"""The whole body of a request, unpacked where it came packed. Knows no shape."""

from __future__ import annotations

import zlib

from clary.kernel import AwsError
from clary.wire.http import Request

LARGEST = 256 * 1024 * 1024  # bytes after unpacking: a small body must not become all of memory


def whole(request: Request, inflate: bool = True) -> bytes:
    """The body as bytes; gzip (`Content-Encoding: gzip`, as PutMetricData sends it) is undone.

    Raises AwsError for a body that is not what its encoding says, or would be too large unpacked.
    """
    body = request.body
    if not isinstance(body, bytes):
        raise TypeError("an operation without a streaming payload takes a whole body")
    if not body or not inflate or "gzip" not in request.headers.get("content-encoding", "").lower():
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        out = unpacker.decompress(body, LARGEST + 1)
    except zlib.error:
        raise AwsError("SerializationException", "The request body is not valid gzip.") from None
    if len(out) > LARGEST:
        raise AwsError("RequestEntityTooLarge", "The request body is too large.", 413)
    if not unpacker.eof:
        raise AwsError("SerializationException", "The request body is not valid gzip.")
    return out
