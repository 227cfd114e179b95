"""A Response's body: its length, its first step, and files in large pieces read off the loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from io import FileIO

from clary.wire import Buffer, FileSpan, Response

_PIECE = 1 << 20


def length_of(response: Response) -> int | None:
    """Return the length of a body in bytes, of a stream what its header says; None if only its end will tell."""
    body = response.body
    if isinstance(body, bytes):
        return len(body)
    if isinstance(body, FileSpan):
        return body.length
    said = next((value for name, value in response.headers if name.lower() == "content-length"), "")
    return int(said) if said.isdecimal() else None


async def begin_body(response: Response) -> None:
    """Do the first step of sending a body: open its file, or take the first part of a stream of known length. What
    fails then can still be answered by another response. Raise OSError, or what the stream raises."""
    body = response.body
    if isinstance(body, FileSpan):
        body.open()
    elif isinstance(body, AsyncIterator) and length_of(response) is not None:
        response.body = _continued(await anext(body, b""), body)


async def _continued(first: Buffer, rest: AsyncIterator[Buffer]) -> AsyncIterator[Buffer]:
    try:
        yield first
        async for part in rest:
            yield part
    finally:
        if isinstance(rest, AsyncGenerator):
            await rest.aclose()


def opened(span: FileSpan) -> FileIO:
    """Return the file of a span, for one reader, who closes it. Raise OSError."""
    return span.file or FileIO(span.path)


async def pieces(span: FileSpan) -> AsyncIterator[bytes]:
    """Yield the bytes of a range of a file, read in a thread."""
    with opened(span) as file:
        position, left = span.start, span.length
        while left > 0:
            part = await asyncio.to_thread(os.pread, file.fileno(), min(left, _PIECE), position)
            if not part:
                raise ConnectionError(f"{span.path} is shorter than its row says")
            position, left = position + len(part), left - len(part)
            yield part
