"""Flow control of one connection: neither side is sent more than it takes."""

from __future__ import annotations

import asyncio

from clary.server.http.turn import Owner


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

    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()

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

    def stop_reading(self) -> None:
        if not self._paused and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if self._paused and not self._transport.is_closing():
            self._paused = False
            self._heard = self._server.now
            self._transport.resume_reading()
