"""Documents: request bodies that are read whole before they are parsed.

Limits their size, and parses large ones in a thread. Knows no protocol's grammar.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

from clary.wire import Exchange, Request, chunked, limits

# Bytes. Smaller bodies are within every limit, and parsed faster than they could be handed to a thread.
SMALL = 64 << 10

Bytes = bytes | AsyncIterable[bytes]


def is_small(request: Request, sent: Bytes) -> bool:
    """Return whether a body may be parsed at once: it was `sent` whole, is unchanged and small."""
    plain = request.body is sent and "content-encoding" not in request.headers
    return plain and type(sent) is bytes and len(sent) <= SMALL


def parsed(exchange: Exchange, request: Request) -> dict[str, Any]:
    """Return the checked parameters of a request whose body is small or a stream. Raise AwsError."""
    params = exchange.parse(request)
    exchange.operation.check(params)
    return params


async def read(exchange: Exchange, request: Request, sent: Bytes) -> dict[str, Any]:
    """Return the checked parameters of a document that is not small. Raise AwsError.

    `sent` is the body as it was before the search for a form's Action, which unpacks it.
    """
    codec = exchange.codec
    if type(sent) is not bytes:
        await gather(request, codec.limit.sent, codec.protocol)
    elif len(sent) > codec.limit.sent:
        raise limits.too_large(codec.protocol, codec.limit.sent)
    elif len(request.body) > codec.limit.unpacked:  # type: ignore[arg-type]
        raise limits.too_large(codec.protocol, codec.limit.unpacked)
    # Both are compiled here, not in a thread next to others that compile the same shapes.
    parse, check = codec.parse, codec.operation.check

    def work() -> dict[str, Any]:
        params = parse(request, exchange.labels)
        check(params)
        return params

    payload = codec.operation.payload_in
    by_itself = payload is not None and payload.type_name == "blob"
    return work() if by_itself else await asyncio.to_thread(work)


async def gather(request: Request, limit: int, protocol: str) -> None:
    """Read the rest of a body, and put the checksums that follow a chunked body among the headers.

    Raise AwsError above `limit` bytes; before reading if Content-Length says so.
    """
    if length_of(request) > limit:
        raise limits.too_large(protocol, limit)
    body = request.body
    if isinstance(body, bytes):
        return
    parts, size = [], 0
    async for part in body:
        size += len(part)
        if size > limit:
            raise limits.too_large(protocol, limit)
        parts.append(part)
    request.body = parts[0] if len(parts) == 1 else b"".join(parts)
    trailers = body.trailers if isinstance(body, chunked.Decoded) else {}
    sums = {name: value for name, value in trailers.items() if name.startswith("x-amz-checksum-")}
    request.headers.update(sums)


def length_of(request: Request) -> int:
    """Return the Content-Length, 0 if there is none."""
    return int(request.headers.get("content-length") or 0)


async def parts(body: Bytes) -> AsyncIterator[bytes]:
    """Yield the body as a stream."""
    if isinstance(body, bytes):
        yield body
    else:
        async for part in body:
            yield part
