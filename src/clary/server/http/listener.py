"""One port for plain HTTP, TLS and CONNECT: the first byte of a connection tells which it is."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from clary.plane.outbound import Outbound
from clary.server.proxy import Judge, Proxy, read_head

log = logging.getLogger("clary.listener")

_TLS_HANDSHAKE = 0x16
_REST_SECONDS = 0.5
_FIRST_BYTE_SECONDS = 60.0


class Listener:
    """Accepts connections and passes each to the code for its protocol.

    `protocol` makes the HTTP protocol of one connection, `tls` gives the context of those that are encrypted; `judge`
    and `outbound` say what a CONNECT may reach. Without a password every CONNECT is rejected, so that the platform is
    not an open proxy.
    """

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        tls: Callable[[], ssl.SSLContext],
        judge: Judge,
        outbound: Outbound,
    ) -> None:
        self._listener = listener
        self._protocol = protocol
        self._tls = tls
        self._proxy = Proxy(judge, outbound, self._answer_tls)
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Start accepting connections."""
        self._listener.setblocking(False)
        self._loop.add_reader(self._listener.fileno(), self._accept)

    def close(self) -> None:
        """Stop accepting connections; open ones stay open."""
        self._loop.remove_reader(self._listener.fileno())
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionError:
                continue  # the peer has gone
            except OSError as error:
                self._rest(error)
                return
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._keep(self._serve(connection))

    def _rest(self, error: OSError) -> None:
        """Pause after running out of file descriptors: a listener that stays ready would keep the loop busy."""
        log.error("accepting no connections for %s seconds: %s", _REST_SECONDS, error)
        self._loop.remove_reader(self._listener.fileno())
        self._loop.call_later(_REST_SECONDS, self._accept_again)

    def _accept_again(self) -> None:
        if self._listener.fileno() >= 0:  # not closed meanwhile
            self._loop.add_reader(self._listener.fileno(), self._accept)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Keep a reference to a task, which could otherwise be garbage-collected before it is done."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: socket.socket) -> None:
        try:
            async with asyncio.timeout(_FIRST_BYTE_SECONDS):
                first = await self._peek(connection)
                if first == b"C":
                    self._keep(self._proxied(connection, await read_head(connection)))
                    return
                tls = self._tls() if first and first[0] == _TLS_HANDSHAKE else None
                await self._loop.connect_accepted_socket(self._protocol, connection, ssl=tls)
        except OSError:
            connection.close()

    async def _peek(self, connection: socket.socket) -> bytes:
        """Return the first byte without consuming it."""
        with suppress(BlockingIOError):
            return connection.recv(1, socket.MSG_PEEK)
        ready = self._loop.create_future()
        self._loop.add_reader(connection.fileno(), lambda: ready.done() or ready.set_result(None))
        try:
            await ready
        finally:
            self._loop.remove_reader(connection.fileno())
        return connection.recv(1, socket.MSG_PEEK)

    async def _proxied(self, connection: socket.socket, head: bytes) -> None:
        try:
            await self._proxy.serve(connection, head)
        except OSError:
            connection.close()

    async def _answer_tls(self, connection: socket.socket) -> None:
        await self._loop.connect_accepted_socket(self._protocol, connection, ssl=self._tls())
