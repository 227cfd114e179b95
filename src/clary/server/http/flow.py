"""Flow control of one connection: neither side is sent more than it takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from clary.server.http.respond import pieces
from clary.server.http.response_head import chunk
from clary.server.http.turn import Owner
from clary.wire import FileSpan

STUCK_SECONDS = 600.0  # in which a client takes nothing of what is sent to it


class Flow(asyncio.Protocol):
    """The two directions of a connection, each of which may be told to pause."""

    def __init__(self, server: Owner) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport = None  # type: ignore[assignment]
        self._heard = server.now  # when something last arrived, or may have arrived
        self._lost = False
        self._writable: asyncio.Future[None] | None = None
        self._paused = False
        self._unsent = (
            0  # bytes that wait for the client, when that was last looked at while it is not writable
        )
        self._took = 0.0  # when it last took some of them

    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()
        self._unsent, self._took = self._transport.get_write_buffer_size(), self._server.now

    def resume_writing(self) -> None:
        waiting, self._writable = self._writable, None
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def drain(self) -> None:
        """Wait until the client has taken enough. Raise ConnectionError when it is gone."""
        if self._writable is not None and not self._lost:
            await self._writable
        if self._lost:
            raise ConnectionError("the client went away")

    def is_stuck(self, now: float) -> bool:
        """Tell whether the client has taken nothing for too long. Asked once a second; `now` by the server's clock."""
        if self._writable is None:
            return False
        unsent = self._transport.get_write_buffer_size()
        if unsent < self._unsent:
            self._took = now
        self._unsent = unsent
        return now - self._took > STUCK_SECONDS

    async def send_parts(self, body: Any, length: int | None, chunked: bool) -> None:
        """Write a body part by part, no faster than the client takes it. Raise ConnectionError where it has another
        length than its head has said."""
        sent = 0
        parts = pieces(body) if isinstance(body, FileSpan) else body
        try:
            async for part in parts:
                sent += len(part)
                if length is not None and sent > length:
                    raise ConnectionError(f"a body is longer than {length} bytes")
                if part:
                    self._transport.write(chunk(part) if chunked else part)
                    await self.drain()
        finally:
            if isinstance(parts, AsyncGenerator):  # whatever it holds is let go now, not when it is collected
                await parts.aclose()
        if length is not None and sent < length:
            raise ConnectionError(f"a body ended after {sent} of {length} bytes")
        if chunked:
            self._transport.write(b"0\r\n\r\n")

    def say_last(self, data: bytes) -> None:
        """Write, and close the connection once the client has it."""
        self._transport.write(data)
        self._transport.close()

    def stop_reading(self) -> None:
        if not self._paused and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if self._paused and not self._transport.is_closing():
            self._paused = False
            self._heard = self._server.now
            self._transport.resume_reading()
