"""Large bodies straight to the socket: files by sendfile, buffers without a copy. Knows no HTTP.

uvloop's transport has no sendfile, and keeps what it is given until it is sent, so that nobody knows when a buffer may be
used again. It also does not let anybody else watch its descriptor: a duplicate is watched.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress

from clary.wire import Buffer

_STEP = 1 << 20  # bytes that are handed to the kernel at once: other connections take turns


class Direct:
    """The sending side of a plain connection, beside its transport. Use it only while the transport has nothing to send.

    `clock` is the server's; `took` is when the client last took something, by that clock.
    """

    def __init__(self, descriptor: int, clock: Callable[[], float]) -> None:
        self._socket = socket.socket(fileno=os.dup(descriptor))
        self._loop = asyncio.get_running_loop()
        self._clock = clock
        self._room: asyncio.Future[None] | None = None
        self.took = clock()

    @property
    def waits(self) -> bool:
        """Whether the client has to take something before anything more is sent."""
        return self._room is not None

    async def write(self, data: Buffer, *, more: bool = False) -> None:
        """Send all of `data`, which may change afterwards. `more` says that something follows at once. Raise
        ConnectionError when the client has gone."""
        view = memoryview(data)
        flags = socket.MSG_MORE if more else 0
        while view:
            try:
                sent = self._socket.send(view[:_STEP], flags)
            except BlockingIOError:
                await self._writable()
                continue
            view = view[sent:]
            await self._took(bool(view))

    async def send_file(self, file: int, start: int, length: int) -> None:
        """Send a range of an open file. Raise ConnectionError when the client has gone, or the file is shorter."""
        end = start + length
        while start < end:
            try:
                sent = os.sendfile(self._socket.fileno(), file, start, min(end - start, _STEP))
            except BlockingIOError:
                await self._writable()
                continue
            if not sent:
                raise ConnectionError("a file is shorter than its row says")
            start += sent
            await self._took(start < end)

    def close(self) -> None:
        """Let the connection go; what is being sent ends with a ConnectionError."""
        room, self._room = self._room, None
        with suppress(ValueError):  # its descriptor is gone
            self._loop.remove_writer(self._socket.fileno())
        self._socket.close()
        if room is not None and not room.done():
            room.set_exception(ConnectionError("the client went away"))

    async def _took(self, more: bool) -> None:
        self.took = self._clock()
        if more:
            await asyncio.sleep(0)
            self._check_open()

    async def _writable(self) -> None:
        self._check_open()
        descriptor = self._socket.fileno()
        room = self._room = self._loop.create_future()
        self._loop.add_writer(descriptor, _set, room)
        try:
            await room
        finally:
            if self._room is room:
                self._room = None
                self._loop.remove_writer(descriptor)
        self._check_open()

    def _check_open(self) -> None:
        if self._socket.fileno() < 0:
            raise ConnectionError("the client went away")


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
