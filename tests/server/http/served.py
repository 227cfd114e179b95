"""A handler behind a real socket, and how to read from it."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from clary.server.http.body import Body
from clary.server.http.server import Answer, HttpServer
from clary.wire import Request, Response

Handler = Callable[[Request, Body | None], Coroutine[Any, Any, Response]]


class Served:
    """An HttpServer in a thread of its own, answering by `handler`; `make` makes it."""

    def __init__(
        self,
        handler: Handler,
        make: Callable[[Answer], HttpServer] = HttpServer,
        loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
    ) -> None:
        self.handler = handler
        self._make = make
        self.loop = loop()
        self.seen: list[Request] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    async def _answer(self, request: Request, body: Body | None) -> Response:
        self.seen.append(request)
        return await self.handler(request, body)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._open())
        self._ready.set()
        self.loop.run_forever()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    async def _open(self) -> None:
        self.http = self._make(self._answer)
        self._listening = await self.loop.create_server(self.http.protocol, "127.0.0.1", 0)
        self.port: int = self._listening.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        self._listening.close()
        await self.http.close(10)

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def say(self, data: bytes) -> bytes:
        """Send, and read until the other side is done."""
        with self.connect() as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return read_all(connection)

    def client(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def close(self) -> None:
        self.do(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(20)


def read_all(connection: socket.socket) -> bytes:
    data = b""
    while part := connection.recv(1 << 16):
        data += part
    return data


def read_until(connection: socket.socket, end: bytes) -> bytes:
    data = b""
    while not data.endswith(end):
        part = connection.recv(1 << 16)
        assert part, data
        data += part
    return data


async def all_of(body: Body) -> bytes:
    return b"".join([part async for part in body])


async def whole(request: Request, body: Body | None) -> bytes:
    return request.body if body is None else await all_of(body)  # type: ignore[return-value]


async def echo(request: Request, body: Body | None) -> Response:
    """The body, the path and how the body came."""
    data = await whole(request, body)
    said = [("x-path", request.path), ("x-query", request.query), ("x-streamed", str(body is not None))]
    return Response(200, said, data)


Serve = Callable[..., Served]


def post(body: bytes, *headers: str, path: str = "/p") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(2000):
        if condition():
            return
        threading.Event().wait(0.005)
    raise AssertionError("it did not come about")
