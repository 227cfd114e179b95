"""A connection after an upgrade: bytes in, bytes out. It takes over the transport of a Connection. Knows no protocol.

What arrives is kept up to a bound, beyond which the client is told to pause; what is sent waits until it is taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from clary.server.http.flow import Flow
from clary.server.http.turn import Owner

_ENOUGH = 64 << 10  # bytes that may wait to be read


class Stream(Flow):
    """The two directions of an upgraded connection (wire.Duplex). `rest` is what came behind the request; `idle` are the
    seconds of silence after which it is ended.

    `on_second` is called with the server's clock once a second, and `on_end` when the server stops: without, the stream
    then ends as if the client had ended it.
    """

    def __init__(self, server: Owner, transport: asyncio.Transport, rest: bytes, idle: float) -> None:
        super().__init__(server)
        self._transport = transport
        self._waiting = bytearray(rest)
        self._over = False  # nothing more will arrive
        self._reader: asyncio.Future[None] | None = None
        self._idle = idle
        self._paused = True  # as the connection left it
        self.on_second: Callable[[float], None] | None = None
        self.on_end: Callable[[], None] | None = None
        server.connections.add(self)
        transport.set_protocol(self)
        self.resume_reading()

    # asyncio's callbacks -----------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._heard = self._server.now
        self._waiting += data
        if len(self._waiting) > _ENOUGH:
            self.stop_reading()
        self._wake()

    def eof_received(self) -> bool:
        self._finish()
        return not self._transport.get_extra_info("sslcontext")  # with TLS both directions end together

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._server.connections.discard(self)
        self._finish()
        self.resume_writing()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will arrive."""
        return self._over

    @property
    def now(self) -> float:
        """The server's clock."""
        return self._server.now

    # both directions ---------------------------------------------------------------------------------------------

    async def read(self) -> bytes:
        """See Duplex."""
        while not self._waiting and not self._over:
            self._reader = self._loop.create_future()
            await self._reader
        data = bytes(self._waiting)
        self._waiting.clear()
        self.resume_reading()
        return data

    async def write(self, data: bytes) -> None:
        """See Duplex."""
        self.write_now(data)
        await self.drain()

    def write_now(self, data: bytes) -> None:
        """Send bytes without waiting; for what is small. Nothing is sent to a client that has gone."""
        if not self._transport.is_closing():
            self._heard = self._server.now
            self._transport.write(data)

    async def drain(self) -> None:
        """Wait until the client has taken enough; several may wait at once. Raise ConnectionError when it is gone."""
        if self._writable is not None and not self._lost:
            await asyncio.shield(self._writable)
        if self._lost or self._transport.is_closing():
            raise ConnectionError("the client went away")

    def close(self) -> None:
        """End the connection after what was sent."""
        self._finish()
        self._transport.close()

    def abort(self) -> None:
        """End the connection at once."""
        self._transport.abort()

    # ends --------------------------------------------------------------------------------------------------------

    def judge(self, now: float) -> None:
        """End what takes too long. `now` by the server's clock."""
        if self.is_stuck(now):
            self._transport.abort()
        elif now - self._heard > self._idle:
            self.close()
        elif self.on_second is not None:
            self.on_second(now)

    def shut_down(self) -> None:
        """Tell the handler of this stream that the server stops."""
        if self.on_end is not None:
            self.on_end()
        else:
            self._finish()

    def _finish(self) -> None:
        self._over = True
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
