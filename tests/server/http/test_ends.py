"""How connections end: clients that go away, take too long, or are there at the platform's end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import AsyncIterator, Callable

from clary.server.http.body import Body
from clary.wire import Request, Response
from tests.server.http.served import Serve, Served, all_of, post, read_all, read_until, wait_for, whole


def test_a_client_that_goes_away_ends_its_body(serve: Serve) -> None:
    ended = threading.Event()

    async def read(request: Request, body: Body | None) -> Response:
        assert body is not None
        try:
            await all_of(body)
        except ConnectionError:
            ended.set()
            raise
        return Response()

    server = serve(read)
    connection = server.connect()
    connection.sendall(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\nabc")
    connection.close()
    assert ended.wait(20)


def test_what_takes_too_long_is_ended(serve: Serve) -> None:
    """A head that does not end, a body that stops coming, a connection that nobody uses; but not one that waits for us."""
    go_on = threading.Event()

    async def wait(request: Request, body: Body | None) -> Response:
        await asyncio.get_running_loop().run_in_executor(None, go_on.wait, 20)
        return Response(200, [], b"done")

    server = serve(wait)
    beginnings = [b"", b"GET / HT", b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"]
    slow = [server.connect() for _ in beginnings]
    for connection, words in zip(slow, beginnings, strict=True):
        connection.sendall(words)
    waiting = server.connect()
    waiting.sendall(post(b"x"))
    wait_for(lambda: len(server.seen) == 1 and len(server.http.connections) == 4)

    async def later() -> None:
        for one in list(server.http.connections):
            one.judge(server.http.now + 100)

    wait_for(lambda: sum(c._head_size != 0 for c in server.http.connections) >= 2)
    server.do(later())
    for connection in slow:
        with connection, contextlib.suppress(ConnectionError):
            assert read_all(connection) == b""
    go_on.set()
    with waiting:
        assert read_until(waiting, b"done")


def test_at_the_end_what_is_under_way_is_finished(serve: Serve) -> None:
    go_on = threading.Event()

    async def wait(request: Request, body: Body | None) -> Response:
        await asyncio.get_running_loop().run_in_executor(None, go_on.wait, 20)
        return Response(200, [], b"done")

    server = serve(wait)
    with server.connect() as idle, server.connect() as busy:
        busy.sendall(post(b"x"))
        wait_for(lambda: len(server.seen) == 1 and len(server.http.connections) == 2)
        closing = asyncio.run_coroutine_threadsafe(server.http.close(10), server.loop)
        assert idle.recv(10) == b""
        go_on.set()
        said = read_all(busy)
        closing.result(20)
    assert said.endswith(b"done")
    assert b"connection: close\r\n" in said


GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


def reset(connection: socket.socket) -> None:
    """Go without a good-bye, as a process does that is killed with bytes unread."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Waiting:
    """A handler that waits without end, and says that it has begun and was cancelled."""

    def __init__(self) -> None:
        self.begun, self.ended = threading.Event(), threading.Event()

    async def __call__(self, request: Request, body: Body | None) -> Response:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()
        return Response(200, [], b"")


class TestAClientThatHasGone:
    def test_an_answer_that_waits_is_cancelled(self, serve: Callable[..., Served]) -> None:
        waits = Waiting()
        with serve(waits).connect() as connection:
            connection.sendall(GET)
            assert waits.begun.wait(20)
            assert not waits.ended.is_set()
            reset(connection)
        assert waits.ended.wait(20)

    def test_one_that_has_ended_both_sides_is_found_out(self, serve: Callable[..., Served]) -> None:
        """Its last packet is the same as of one that has ended its own side only, and still waits."""
        waits = Waiting()
        served = serve(waits)
        with served.connect() as connection:
            connection.sendall(GET)
            assert waits.begun.wait(20)
        asyncio.run_coroutine_threadsafe(served.http.keep_time(), served.loop)
        assert waits.ended.wait(20)

    def test_one_that_still_waits_is_asked_and_answered(self, serve: Callable[..., Served]) -> None:
        go = threading.Event()

        async def waits(request: Request, body: Body | None) -> Response:
            await asyncio.to_thread(go.wait, 20)
            return Response(200, [], b"answered")

        served = serve(waits)
        with served.connect() as connection:
            connection.sendall(GET)
            connection.shutdown(socket.SHUT_WR)
            asyncio.run_coroutine_threadsafe(served.http.keep_time(), served.loop)
            assert read_until(connection, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            go.set()
            assert read_all(connection).endswith(b"answered")

    def test_one_that_has_only_ended_its_own_side_gets_its_answer(self, serve: Callable[..., Served]) -> None:
        async def slow(request: Request, body: Body | None) -> Response:
            await asyncio.sleep(0.05)
            return Response(200, [], b"answered")

        said = serve(slow).say(GET)
        assert said.endswith(b"answered")

    def test_a_streamed_answer_ends_what_it_holds(self, serve: Callable[..., Served]) -> None:
        ended = threading.Event()

        async def parts() -> AsyncIterator[bytes]:
            try:
                yield b"first"
                await asyncio.Event().wait()
            finally:
                ended.set()

        async def streams(request: Request, body: Body | None) -> Response:
            return Response(200, [], parts())

        with serve(streams).connect() as connection:
            connection.sendall(GET)
            read_until(connection, b"first\r\n")
            reset(connection)
        assert ended.wait(20)

    def test_who_reads_its_body_learns_of_it_there(self, serve: Callable[..., Served]) -> None:
        begun, heard = threading.Event(), threading.Event()

        async def reads(request: Request, body: Body | None) -> Response:
            begun.set()
            try:
                await whole(request, body)
            except ConnectionError:
                heard.set()
                raise
            return Response(200, [], b"")

        with serve(reads).connect() as connection:
            connection.sendall(b"PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\npart")
            assert begun.wait(20)
        assert heard.wait(20)

    def test_the_server_ends_at_once_where_nobody_waits(self, serve: Callable[..., Served]) -> None:
        waits = Waiting()
        served = serve(waits)
        with served.connect() as connection:
            connection.sendall(GET)
            assert waits.begun.wait(20)
            reset(connection)

        async def close() -> None:
            async with asyncio.timeout(5):
                await served.http.close(30)

        served.do(close())
