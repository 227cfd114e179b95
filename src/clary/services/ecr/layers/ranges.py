"""The answer with a layer's bytes, whole or in the range that a client asks for."""

from __future__ import annotations

import re

from clary.plane import Context
from clary.services.ecr.layers import keys, storage
from clary.services.ecr.layers.rows import Layer
from clary.wire import Response

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
Headers = list[tuple[str, str]]


def headers_of(digest: str, size: int) -> Headers:
    return [
        ("content-type", "application/octet-stream"),
        ("content-length", str(size)),
        ("docker-content-digest", digest),
        ("accept-ranges", "bytes"),
        ("etag", f'"{digest}"'),
    ]


async def answer(ctx: Context, layer: Layer, asked: str) -> Response:
    """Return the bytes with status 200, those of a range with 206, and 416 where no byte of it is there. Raise KmsException."""
    key = await keys.numbered(ctx, layer.repository, layer.cipher)
    headers = headers_of(layer.digest, layer.size)
    span = _span(asked, layer.size)
    if span is None:
        return Response(200, headers, storage.read(ctx, layer.bytes, key) if layer.size else b"")
    start, end = span
    rest = [pair for pair in headers if pair[0] != "content-length"]
    if start > end:
        return Response(416, [*rest, ("content-range", f"bytes */{layer.size}")], b"")
    length = end - start + 1
    about = [("content-length", str(length)), ("content-range", f"bytes {start}-{end}/{layer.size}")]
    return Response(206, [*rest, *about], storage.read(ctx, layer.bytes, key, start, length))


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """Return the first and the last byte that are asked for, the last before the first where none is there; None for a
    header that is to be ignored (RFC 9110, 14.2)."""
    found = _RANGE.fullmatch(asked.replace(" ", ""))
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) else (0, -1)
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last), size - 1) if last else size - 1
