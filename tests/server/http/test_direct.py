"""Large bodies past the transport: whole and in order for slow clients, and nothing left open when one goes away."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import uvloop

from clary.server.http.body import Body
from clary.server.http.server import HttpServer
from clary.wire import Buffer, FileSpan, Request, Response
from tests.server.http.served import Handler, Served, read_all
from tests.support.waiting import until

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
LONG = 24 << 20  # more than the kernel keeps of one connection


@pytest.fixture(params=LOOPS)
def serve(request: pytest.FixtureRequest) -> Iterator[Callable[[Handler], Served]]:
    opened: list[Served] = []

    def serve(handler: Handler) -> Served:
        opened.append(Served(handler, HttpServer, LOOPS[request.param]))
        return opened[-1]

    yield serve
    for one in opened:
        one.close()


def ask(served: Served, rest: bytes = b"") -> socket.socket:
    connection = served.connect()
    connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + rest + b"\r\n")
    return connection


def body_of(data: bytes) -> bytes:
    return data.partition(b"\r\n\r\n")[2]


def test_a_slow_client_gets_all_of_a_file(serve: Callable[[Handler], Served], tmp_path: Path) -> None:
    content = os.urandom(1 << 20) * (LONG >> 20)
    (tmp_path / "f").write_bytes(content)

    async def file(request: Request, body: Body | None) -> Response:
        return Response(200, [], FileSpan(str(tmp_path / "f"), 3, LONG - 3))

    with ask(serve(file), b"Connection: close\r\n") as connection:
        first = connection.recv(1000)  # and then nothing until the server has to wait
        assert body_of(first + read_all(connection)) == content[3:]


def test_a_buffer_may_be_used_again_for_the_next_part(serve: Callable[[Handler], Served]) -> None:
    async def parts() -> AsyncIterator[Buffer]:
        buffer = bytearray(1 << 20)
        for number in range(LONG >> 20):
            buffer[:] = bytes([number]) * len(buffer)
            yield memoryview(buffer)

    async def stream(request: Request, body: Body | None) -> Response:
        return Response(200, [("content-length", str(LONG))], parts())

    with ask(serve(stream), b"Connection: close\r\n") as connection:
        got = body_of(read_all(connection))
    assert got == b"".join(bytes([number]) * (1 << 20) for number in range(LONG >> 20))


def test_answers_before_and_after_a_file_keep_their_order(
    serve: Callable[[Handler], Served], tmp_path: Path
) -> None:
    (tmp_path / "f").write_bytes(b"f" * (1 << 20))

    async def answer(request: Request, body: Body | None) -> Response:
        whole = (
            FileSpan(str(tmp_path / "f"), 0, 1 << 20) if request.path == "/file" else request.path.encode()
        )
        return Response(200, [], whole)

    said = b"".join(
        b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path for path in (b"/a", b"/file", b"/b", b"/file")
    )
    got = serve(answer).say(said)
    bodies = [body_of(b"HTTP" + one) for one in got.split(b"HTTP/1.1 200")[1:]]
    assert bodies == [b"/a", b"f" * (1 << 20), b"/b", b"f" * (1 << 20)]


def test_a_client_that_goes_away_leaves_nothing_open(
    serve: Callable[[Handler], Served], tmp_path: Path
) -> None:
    (tmp_path / "f").write_bytes(b"f" * LONG)

    async def file(request: Request, body: Body | None) -> Response:
        return Response(200, [], FileSpan(str(tmp_path / "f"), 0, LONG))

    served = serve(file)
    before = len(os.listdir("/proc/self/fd"))
    connection = ask(served)
    connection.recv(1000)
    assert len(os.listdir("/proc/self/fd")) > before
    connection.close()
    until(lambda: len(os.listdir("/proc/self/fd")) <= before, 10)


def test_a_file_that_is_shorter_than_it_was_breaks_the_answer_off(
    serve: Callable[[Handler], Served], tmp_path: Path
) -> None:
    (tmp_path / "f").write_bytes(b"short")

    async def file(request: Request, body: Body | None) -> Response:
        return Response(200, [], FileSpan(str(tmp_path / "f"), 0, 1000))

    with ask(serve(file)) as connection, suppress(ConnectionResetError):
        assert body_of(read_all(connection)) in (b"", b"short")
