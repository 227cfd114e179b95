"""A Response's body: bytes at once, streams part by part, files in large pieces read off the loop; and all of it on ASGI."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, MutableMapping
from io import FileIO
from typing import Any

from clary.wire import FileSpan, Response, Switch

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_PIECE = 1 << 20


async def send_response(send: Send, response: Response, *, head_only: bool = False) -> None:
    """Send head and body. A HEAD request gets the head of what GET would answer."""
    body = response.body
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    length = length_of(response)
    if length is not None and not (head_only and _has_length(headers)) and response.status not in (204, 304):
        headers = [(name, value) for name, value in headers if name != b"content-length"]
        headers.append((b"content-length", str(length).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if head_only or response.status in (204, 304):
        await send({"type": "http.response.body", "body": b""})
    elif isinstance(body, Switch):
        raise RuntimeError("only our own server can upgrade a connection")
    elif isinstance(body, bytes):
        await send({"type": "http.response.body", "body": body})
    else:
        async for part in pieces(body) if isinstance(body, FileSpan) else body:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def length_of(response: Response) -> int | None:
    """Return the length of a body in bytes, of a stream what its header says; None if only its end will tell."""
    body = response.body
    if isinstance(body, bytes):
        return len(body)
    if isinstance(body, FileSpan):
        return body.length
    said = next((value for name, value in response.headers if name.lower() == "content-length"), "")
    return int(said) if said.isdecimal() else None


def _has_length(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name == b"content-length" for name, _ in headers)


async def begin_body(response: Response) -> None:
    """Do the first step of sending a body: open its file, or take the first part of a stream of known length. What
    fails then can still be answered by another response. Raise OSError, or what the stream raises."""
    body = response.body
    if isinstance(body, FileSpan):
        body.open()
    elif isinstance(body, AsyncIterator) and length_of(response) is not None:
        response.body = _continued(await anext(body, b""), body)


async def _continued(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        yield first
        async for part in rest:
            yield part
    finally:
        if isinstance(rest, AsyncGenerator):
            await rest.aclose()


async def pieces(span: FileSpan) -> AsyncIterator[bytes]:
    """Yield the bytes of a range of a file, read in a thread."""
    with span.file or FileIO(span.path) as file:
        position, left = span.start, span.length
        while left > 0:
            part = await asyncio.to_thread(os.pread, file.fileno(), min(left, _PIECE), position)
            if not part:
                raise ConnectionError(f"{span.path} is shorter than its row says")
            position, left = position + len(part), left - len(part)
            yield part
