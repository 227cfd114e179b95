"""Flow control of one connection: neither side is sent more than it takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

from clary.server.http.direct import Direct
from clary.server.http.respond import opened, pieces
from clary.server.http.response_head import chunk
from clary.server.http.turn import Owner
from clary.wire import Buffer, FileSpan

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
        self._direct: Direct | None = None  # made for the first large body
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
        if self._direct is not None and self._direct.waits:
            return now - self._direct.took > STUCK_SECONDS
        if self._writable is None:
            return False
        unsent = self._transport.get_write_buffer_size()
        if unsent < self._unsent:
            self._took = now
        self._unsent = unsent
        return now - self._took > STUCK_SECONDS

    async def send(self, head: bytes, body: Any, length: int | None, chunked: bool) -> None:
        """Write a head and, unless it is None, its body part by part, no faster than the client takes it. Raise ConnectionError where the body
        has another length than the head has said."""
        if body is None:
            self._transport.write(head)
            return
        direct = None if chunked or length is None else await self._direct_way()
        if direct is None:
            self._transport.write(head)
            await self._send_parts(body, length, chunked)
            return
        await direct.write(head, more=True)
        if isinstance(body, FileSpan):
            with opened(body) as file:
                await direct.send_file(file.fileno(), body.start, body.length)
        else:
            await self._each_part(body, length, direct.write)

    async def _direct_way(self) -> Direct | None:
        """Return the way past the transport, if the connection is not encrypted and the transport has sent all it had."""
        if self._transport.get_extra_info("sslcontext") or self._transport.is_closing():
            return None
        if self._transport.get_write_buffer_size():
            await asyncio.sleep(0)  # what was written in this turn of the loop is sent at its end
            if self._transport.get_write_buffer_size():
                return None
        if self._direct is None:
            descriptor = self._transport.get_extra_info("socket").fileno()
            self._direct = Direct(descriptor, lambda: self._server.now)
        return self._direct

    async def _send_parts(self, body: Any, length: int | None, chunked: bool) -> None:
        async def write(part: Buffer) -> None:
            # The transport may keep what it cannot send at once, and a part may be a buffer that is used again.
            self._transport.write(chunk(part) if chunked else bytes(part))
            await self.drain()

        await self._each_part(pieces(body) if isinstance(body, FileSpan) else body, length, write)
        if chunked:
            self._transport.write(b"0\r\n\r\n")

    async def _each_part(
        self, parts: Any, length: int | None, write: Callable[[Buffer], Awaitable[None]]
    ) -> None:
        sent = 0
        try:
            async for part in parts:
                sent += len(part)
                if length is not None and sent > length:
                    raise ConnectionError(f"a body is longer than {length} bytes")
                if part:
                    await write(part)
        finally:
            if isinstance(parts, AsyncGenerator):  # whatever it holds is let go now, not when it is collected
                await parts.aclose()
        if length is not None and sent < length:
            raise ConnectionError(f"a body ended after {sent} of {length} bytes")

    def leave_direct(self) -> None:
        """Let go of the way past the transport: the connection is lost, or speaks another protocol now."""
        direct, self._direct = self._direct, None
        if direct is not None:
            direct.close()

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
