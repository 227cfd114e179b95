"""WebSockets on an upgraded connection (RFC 6455): messages in, messages out. wsproto reads and writes the frames.

    bytes -> frames -> one message at a time -> the handler        a task of its own, which pauses while nobody takes them
    the handler -> a frame for each message -> bytes               waits while the client does not take them

Memory of one socket: the message that arrives, those that wait (a message's bound), and 64 KiB on either side.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage

from clary.plane.sites.place import Bounds
from clary.plane.sites.socket import (
    GOING_AWAY,
    INTERNAL_ERROR,
    NORMAL,
    TOO_BIG,
    Message,
    SocketClosed,
)
from clary.server.http.stream import Stream

log = logging.getLogger("clary.http")

_SLICE = 4 << 10  # bytes at a time: a frame of six bytes costs as much as one of thousands
_CLOSING_SECONDS = 3.0  # for the client's answer to a close frame, and for a handler to end after it
_ABNORMAL = 1006


class WebSocket:
    """An open WebSocket (plane.sites.Socket)."""

    def __init__(self, stream: Stream, bounds: Bounds, subprotocol: str | None) -> None:
        self.subprotocol = subprotocol
        self._stream = stream
        self._bounds = bounds
        self._frames = Connection(ConnectionType.SERVER)
        self._part: io.StringIO | io.BytesIO | None = None  # the message that is arriving
        self._size = 0  # its bytes
        self._inbox: deque[Message] = deque()
        self._kept = 0  # bytes in the inbox
        self._changed = asyncio.Event()  # of the inbox, in either direction, and of the end
        self._end: SocketClosed | None = None
        self._said = self._pinged = stream.now  # when a message last went either way, and when we last pinged
        self._unanswered = False  # our last ping
        stream.on_second, stream.on_end = self._every_second, self._go_away

    # what handlers use -------------------------------------------------------------------------------------------

    async def receive(self) -> Message:
        """See Socket. What arrived before the end can still be had."""
        while not self._inbox:
            if self._end is not None:
                raise SocketClosed(self._end.code, self._end.reason)
            self._changed.clear()
            await self._changed.wait()
        message = self._inbox.popleft()
        self._kept -= _size(message) + 1
        self._changed.set()
        return message

    async def send(self, message: Message) -> None:
        """See Socket."""
        if self._end is not None:
            raise SocketClosed(self._end.code, self._end.reason)
        self._said = self._stream.now
        event = TextMessage(message) if isinstance(message, str) else BytesMessage(message)
        try:
            await self._stream.write(self._frames.send(event))
        except ConnectionError:
            self._ended(SocketClosed(_ABNORMAL))
            raise SocketClosed(_ABNORMAL) from None

    async def close(self, code: int = NORMAL, reason: str = "") -> None:
        """See Socket."""
        self._say_close(code, reason)
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING_SECONDS):
                while self._frames.state is not ConnectionState.CLOSED and not self._stream.is_over:
                    self._changed.clear()
                    await self._changed.wait()

    def __aiter__(self) -> AsyncIterator[Message]:
        return self

    async def __anext__(self) -> Message:
        try:
            return await self.receive()
        except SocketClosed:
            raise StopAsyncIteration from None

    # its life ----------------------------------------------------------------------------------------------------

    async def run(self, talk: Callable[[WebSocket], Awaitable[None]]) -> None:
        """Let a handler talk until it returns or the socket is closed, and close the socket."""
        reading = asyncio.ensure_future(self._read())
        talking = asyncio.ensure_future(talk(self))
        try:
            await asyncio.wait((reading, talking), return_when=asyncio.FIRST_COMPLETED)
            if not talking.done():  # it learns of the end where it reads or writes
                await asyncio.wait((talking,), timeout=_CLOSING_SECONDS)
            await self.close(_outcome(talking))
        finally:
            for task in (reading, talking):
                task.cancel()
            await asyncio.gather(reading, talking, return_exceptions=True)

    async def _read(self) -> None:
        """Take what arrives, until the end of the socket."""
        try:
            while data := await self._stream.read():
                for start in range(0, len(data), _SLICE):
                    await self._take(data[start : start + _SLICE])
                    if self._frames.state is ConnectionState.CLOSED:
                        return
        except ConnectionError:
            pass
        finally:
            self._ended(SocketClosed(_ABNORMAL))

    async def _take(self, data: bytes) -> None:
        """Take some bytes, with pauses for everybody else, while the handler takes messages and the client pongs."""
        self._frames.receive_data(data)
        for event in self._frames.events():
            self._see(event)
        await asyncio.sleep(0)
        await self._stream.drain()
        while self._kept > self._bounds.message and self._end is None:
            self._changed.clear()
            await self._changed.wait()

    # frames ------------------------------------------------------------------------------------------------------

    def _see(self, event: Event) -> None:
        if isinstance(event, TextMessage | BytesMessage):
            if self._end is None:
                self._add(event)
        elif isinstance(event, Ping):
            if self._frames.state is ConnectionState.OPEN:
                self._stream.write_now(self._frames.send(event.response()))
        elif isinstance(event, Pong):
            self._unanswered = False
        elif isinstance(event, CloseConnection):
            self._closed_by_client(event)

    def _add(self, event: TextMessage | BytesMessage) -> None:
        """Add a part of a message; what is larger than it may be ends the socket."""
        data = event.data if isinstance(event.data, str) else bytes(event.data)
        self._size += _size(data)
        if self._size > self._bounds.message:
            self._say_close(TOO_BIG, f"A message has at most {self._bounds.message} bytes.")
            return
        if self._part is None:
            self._part = io.StringIO() if isinstance(data, str) else io.BytesIO()
        self._part.write(data)  # type: ignore[arg-type]  # wsproto mixes no kinds within a message
        if event.message_finished:
            self._inbox.append(self._part.getvalue())
            self._kept += self._size + 1  # an empty message takes room as well
            self._said = self._stream.now
            self._part, self._size = None, 0
            self._changed.set()

    def _closed_by_client(self, event: CloseConnection) -> None:
        """Answer a close frame; or, where the frames were broken, say so and wait for nothing."""
        broken = self._frames.state is ConnectionState.OPEN
        if self._frames.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
            self._stream.write_now(self._frames.send(event.response()))
        self._ended(SocketClosed(int(event.code), event.reason or ""))
        if broken:
            self._stream.close()

    def _say_close(self, code: int, reason: str) -> None:
        if self._frames.state is ConnectionState.OPEN:
            self._stream.write_now(self._frames.send(CloseConnection(code, reason)))
        self._ended(SocketClosed(code, reason))

    def _ended(self, end: SocketClosed) -> None:
        """From now on nothing can be sent. The first reason counts."""
        if self._end is None:
            self._end = end
        self._changed.set()

    # time --------------------------------------------------------------------------------------------------------

    def _every_second(self, now: float) -> None:
        """Ping, end a socket on which nothing is said, and drop a client that does not answer pings."""
        if self._end is not None:
            return
        if (
            self._kept > self._bounds.message
        ):  # nothing is read, and so no pong, until the handler takes messages
            self._pinged, self._unanswered = now, False
        if now - self._said > self._bounds.idle:
            self._say_close(GOING_AWAY, "Nothing was said for too long.")
        elif now - self._pinged > self._bounds.ping:
            if self._unanswered:
                self._ended(SocketClosed(_ABNORMAL))
                self._stream.close()
                return
            self._pinged, self._unanswered = now, True
            self._stream.write_now(self._frames.send(Ping()))

    def _go_away(self) -> None:
        """Close because the server stops. Do not wait for a client that has not even taken what was sent before."""
        self._say_close(GOING_AWAY, "The server is being stopped.")
        asyncio.get_running_loop().call_later(_CLOSING_SECONDS, self._stream.abort)


def _outcome(talking: asyncio.Future[None]) -> int:
    """Return the code with which a handler's end closes its socket."""
    if not talking.done() or talking.cancelled():
        return GOING_AWAY
    error = talking.exception()
    if error is None or isinstance(error, SocketClosed):
        return NORMAL
    log.error("a site's socket failed", exc_info=error)
    return INTERNAL_ERROR


def _size(message: Message) -> int:
    """Bytes on the wire."""
    return len(message) if isinstance(message, bytes) or message.isascii() else len(message.encode())
