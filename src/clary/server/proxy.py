"""CONNECT: this platform answers for AWS's host names, and connects to all others, with the right password.

SDKs have some of AWS's hosts hard-coded; a proxy address in the environment leads those calls here. The
administrator's password (`clary run`) opens every host. The password of a run is in its program's
environment, opens only what `Outbound` allows, and only while the run lasts.
"""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import Enum
from typing import NamedTuple

from clary.plane.outbound import Connection, Forbidden, Outbound, open_first, resolve
from clary.server.authority import is_aws_host

_LARGEST_HEAD = 8192
_REFUSAL = (
    b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="clary"\r\n'
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_UNREACHABLE = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Rights(Enum):
    """What a password opens."""

    NOTHING = "nothing"
    RUN = "run"
    ADMINISTRATOR = "administrator"


class Connect(NamedTuple):
    """The content of a CONNECT request. `target` is None if it names no host and port."""

    target: tuple[str, int] | None
    password: str


Judge = Callable[[str], Awaitable[Rights]]
# Speaks HTTP over TLS on a connection meant for one of AWS's hosts.
Answer = Callable[[socket.socket], Awaitable[None]]


class Proxy:
    """Answers CONNECT requests. `judge` says what a password opens; `answer` speaks for AWS's hosts."""

    def __init__(self, judge: Judge, outbound: Outbound, answer: Answer) -> None:
        self._judge = judge
        self._outbound = outbound
        self._answer = answer

    async def serve(self, connection: socket.socket, head: bytes) -> None:
        """Answer one CONNECT. Raise OSError if the client goes away, ssl.SSLError if it does not speak TLS."""
        asked = read_connect(head)
        rights = await self._judge(asked.password)
        if rights is Rights.NOTHING or asked.target is None:
            await _end(connection, _REFUSAL)
        elif is_aws_host(asked.target[0]) and asked.target[1] == 443:
            await _send(connection, _ESTABLISHED)
            await self._answer(connection)
        else:
            await self._pass_through(connection, *asked.target, rights)

    async def _pass_through(self, connection: socket.socket, host: str, port: int, rights: Rights) -> None:
        """Copy bytes both ways until one side is done."""
        try:
            reader, writer = await self._open(host, port, rights)
        except Forbidden:
            await _end(connection, _FORBIDDEN)
            return
        except OSError:
            await _end(connection, _UNREACHABLE)
            return
        with suppress(OSError):
            await _send(connection, _ESTABLISHED)
            near_reader, near_writer = await asyncio.open_connection(sock=connection)
            await asyncio.gather(_pump(near_reader, writer), _pump(reader, near_writer))

    async def _open(self, host: str, port: int, rights: Rights) -> Connection:
        if rights is Rights.ADMINISTRATOR:
            return await open_first(await resolve(host, port), port)
        return await self._outbound.connect(host, port)


async def read_head(connection: socket.socket) -> bytes:
    """Return the head of a CONNECT request. Raise ConnectionError if it ends early or is too long."""
    loop, head = asyncio.get_running_loop(), b""
    while b"\r\n\r\n" not in head:
        part = await loop.sock_recv(connection, 2048)
        if not part or len(head) > _LARGEST_HEAD:
            raise ConnectionError("no whole CONNECT request")
        head += part
    return head


async def _send(connection: socket.socket, data: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(connection, data)


async def _end(connection: socket.socket, data: bytes) -> None:
    with suppress(OSError):
        await _send(connection, data)
    connection.close()


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


def read_connect(head: bytes) -> Connect:
    """Return the target of a CONNECT request and its password ('' if none), from Basic authentication with
    any user."""
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    target = None
    if len(words) == 3 and words[0] == "CONNECT":
        host, _, port = words[1].rpartition(":")
        target = (host.strip("[]").lower(), int(port)) if host and _is_port(port) else None
    given = next((line[20:].strip() for line in lines if line.lower().startswith("proxy-authorization:")), "")
    return Connect(target, _password(given))


def _is_port(text: str) -> bool:
    """Return whether text has one to five decimal digits; isdigit() alone would accept digits of other
    scripts."""
    return text.isascii() and text.isdigit() and len(text) <= 5 and int(text) < 65536


def _password(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    with suppress(ValueError):
        return base64.b64decode(value, validate=True).decode("latin-1").partition(":")[2]
    return ""
