"""One port for plain HTTP, TLS and CONNECT: the first byte of a connection says which it is."""

from __future__ import annotations

import asyncio
import base64
import hmac
import logging
import socket
import ssl
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from clary.server.authority import is_aws_host

log = logging.getLogger("clary.front")

_TLS_HANDSHAKE = 0x16
_REST_SECONDS = 0.5
_FIRST_BYTE_SECONDS = 60.0
_LARGEST_HEAD = 8192
_REFUSAL = (
    b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="clary"\r\n'
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_UNREACHABLE = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Front:
    """Accepts connections and hands each to whom it belongs.

    `protocol` makes the HTTP protocol of one connection; `token` is the password that a CONNECT must carry: without
    it every CONNECT is refused, so that nobody can use us as an open proxy.
    """

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        tls: ssl.SSLContext,
        token: str,
    ) -> None:
        self._listener = listener
        self._protocol = protocol
        self._tls = tls
        self._token = token
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Begin to accept."""
        self._listener.setblocking(False)
        self._loop.add_reader(self._listener.fileno(), self._accept)

    def close(self) -> None:
        """Accept no more; what is open stays open."""
        self._loop.remove_reader(self._listener.fileno())
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionError:
                continue  # the peer has gone already
            except OSError as error:
                self._rest(error)
                return
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._keep(self._serve(connection))

    def _rest(self, error: OSError) -> None:
        """Out of file descriptors: a listener that is still ready would keep the loop busy with refusals."""
        log.error("no connection can be accepted for %s seconds: %s", _REST_SECONDS, error)
        self._loop.remove_reader(self._listener.fileno())
        self._loop.call_later(_REST_SECONDS, self._accept_again)

    def _accept_again(self) -> None:
        if self._listener.fileno() >= 0:  # not closed meanwhile
            self._loop.add_reader(self._listener.fileno(), self._accept)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        """A task that nobody holds may be collected before it is done."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: socket.socket) -> None:
        try:
            async with asyncio.timeout(_FIRST_BYTE_SECONDS):
                first = await self._peek(connection)
                if first == b"C":
                    await self._connect(connection)
                    return
                tls = self._tls if first and first[0] == _TLS_HANDSHAKE else None
                await self._loop.connect_accepted_socket(self._protocol, connection, ssl=tls)
        except (OSError, TimeoutError, ssl.SSLError):
            connection.close()

    async def _peek(self, connection: socket.socket) -> bytes:
        """The first byte, left where it is."""
        with suppress(BlockingIOError):
            return connection.recv(1, socket.MSG_PEEK)
        ready = self._loop.create_future()
        self._loop.add_reader(connection.fileno(), lambda: ready.done() or ready.set_result(None))
        try:
            await ready
        finally:
            self._loop.remove_reader(connection.fileno())
        return connection.recv(1, socket.MSG_PEEK)

    async def _connect(self, connection: socket.socket) -> None:
        head = await self._read_head(connection)
        target, authorised = read_connect(head, self._token)
        if not authorised or target is None:
            await self._loop.sock_sendall(connection, _REFUSAL)
            connection.close()
            return
        host, port = target
        if is_aws_host(host) and port == 443:
            await self._loop.sock_sendall(connection, _ESTABLISHED)
            await self._loop.connect_accepted_socket(self._protocol, connection, ssl=self._tls)
            return
        self._keep(self._pass_through(connection, host, port))

    async def _read_head(self, connection: socket.socket) -> bytes:
        head = b""
        while b"\r\n\r\n" not in head:
            part = await self._loop.sock_recv(connection, 2048)
            if not part or len(head) > _LARGEST_HEAD:
                raise ConnectionError("no whole CONNECT request")
            head += part
        return head

    async def _pass_through(self, connection: socket.socket, host: str, port: int) -> None:
        """Any other host is not our business: bytes go both ways until one side is done."""
        try:
            reader, writer = await asyncio.open_connection(host, port)
        except (OSError, ValueError):  # a name that holds a NUL, or that IDNA has no form for
            with suppress(OSError):
                await self._loop.sock_sendall(connection, _UNREACHABLE)
            connection.close()
            return
        with suppress(OSError):
            await self._loop.sock_sendall(connection, _ESTABLISHED)
            near_reader, near_writer = await asyncio.open_connection(sock=connection)
            await asyncio.gather(_pump(near_reader, writer), _pump(reader, near_writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        with suppress(OSError):
            writer.close()


def read_connect(head: bytes, token: str) -> tuple[tuple[str, int] | None, bool]:
    """The target of a CONNECT request and whether it carries the token (as the password of Basic, any user)."""
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    target = None
    if len(words) == 3 and words[0] == "CONNECT":
        host, _, port = words[1].rpartition(":")
        target = (host.strip("[]").lower(), int(port)) if host and _is_port(port) else None
    given = next((line[20:].strip() for line in lines if line.lower().startswith("proxy-authorization:")), "")
    return target, hmac.compare_digest(_password(given).encode(), token.encode())


def _is_port(text: str) -> bool:
    """Five decimal digits at most; others may count as digits too, and not make a number."""
    return text.isascii() and text.isdigit() and len(text) <= 5 and int(text) < 65536


def _password(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    with suppress(ValueError):
        return base64.b64decode(value, validate=True).decode("latin-1").partition(":")[2]
    return ""
