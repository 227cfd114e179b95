"""Our HTTP/1.1: what RFC 9112 and real clients want of a connection, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import struct
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from clary.server.http import connection as limits
from clary.server.http.body import Body
from clary.server.http.server import HttpServer
from clary.wire import FileSpan, Request, Response

Handler = Callable[[Request, Body | None], Coroutine[Any, Any, Response]]


class Served:
    """An HttpServer in a thread of its own, answering by `handler`."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.loop = asyncio.new_event_loop()
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
        self.http = HttpServer(self._answer)
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


@pytest.fixture
def serve() -> Iterator[Callable[[Handler], Served]]:
    made: list[Served] = []

    def start(handler: Handler = echo) -> Served:
        made.append(Served(handler))
        return made[-1]

    yield start
    for server in made:
        server.close()


Serve = Callable[..., Served]


def post(body: bytes, *headers: str, path: str = "/p") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_a_connection_is_kept_for_the_next_request(serve: Serve) -> None:
    client = serve().client()
    for number in range(3):
        client.request("POST", f"/a%20b?x={number}", body=b"abc")
        answer = client.getresponse()
        assert (answer.status, answer.read()) == (200, b"abc")
        assert (answer.headers["x-path"], answer.headers["x-query"]) == ("/a%20b", f"x={number}")
        assert answer.headers["date"].endswith("GMT")


def test_pipelined_requests_are_answered_in_order(serve: Serve) -> None:
    async def slow_first(request: Request, body: Body | None) -> Response:
        if request.path == "/0":
            await asyncio.sleep(0.02)
        return Response(200, [], request.path.encode())

    said = serve(slow_first).say(b"".join(post(b"x", path=f"/{n}") for n in range(40)))
    bodies = [part.rpartition(b"\r\n\r\n")[2] for part in said.split(b"HTTP/1.1 200 OK")[1:]]
    assert bodies == [f"/{n}".encode() for n in range(40)]


def test_a_request_may_come_byte_by_byte(serve: Serve) -> None:
    server = serve()
    with server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in post(b"hello", "X-Thing: a"):
            connection.sendall(bytes([byte]))
        assert read_until(connection, b"hello").startswith(b"HTTP/1.1 200 OK\r\n")
    assert server.seen[0].headers["x-thing"] == "a"


def test_repeated_headers_are_joined_and_names_are_lower_case(serve: Serve) -> None:
    server = serve()
    server.say(post(b"", "X-A: 1", "x-a: 2"))
    assert server.seen[0].headers["x-a"] == "1,2"


@pytest.mark.parametrize("size", [0, 1, limits.WHOLE, limits.WHOLE + 1, 5 << 20])
def test_bodies_of_every_size_come_through_whole(serve: Serve, size: int) -> None:
    client = serve().client()
    body = bytes(range(256)) * (size // 256) + b"z" * (size % 256)
    client.request("PUT", "/x", body=body)
    answer = client.getresponse()
    assert answer.headers["x-streamed"] == str(size > limits.WHOLE)
    assert answer.read() == body


def test_a_chunked_body_comes_through_and_its_trailers_are_ignored(serve: Serve) -> None:
    server = serve()
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-Amz-A\r\n\r\n"
    said = server.say(head + b"3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Amz-A: 1\r\n\r\n" + post(b"next"))
    assert said.count(b"HTTP/1.1 200 OK") == 2
    assert b"abcdefg" in said
    assert said.endswith(b"next")
    assert "x-amz-a" not in server.seen[0].headers


def test_a_client_that_waits_is_told_to_go_on(serve: Serve) -> None:
    """RFC 9110, 10.1.1; botocore sends its S3 uploads so."""
    for size in (10, limits.WHOLE + 10):
        with serve().connect() as connection:
            head = f"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\nExpect: 100-continue\r\n\r\n"
            connection.sendall(head.encode())
            assert read_until(connection, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(b"y" * size)
            assert read_until(connection, b"y" * size).startswith(b"HTTP/1.1 200 OK")


def test_an_answer_before_an_awaited_body_ends_the_connection(serve: Serve) -> None:
    """Whether the client sends its body after all, nobody can tell; so nothing more is read from it."""

    async def refuse(request: Request, body: Body | None) -> Response:
        return Response(403, [], b"no")

    with serve(refuse).connect() as connection:
        size = limits.WHOLE + 1
        connection.sendall(
            f"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        said = read_all(connection)
    assert said.startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert b"100 Continue" not in said
    assert b"connection: close\r\n" in said


def test_a_request_knows_the_address_that_it_came_from(serve: Serve) -> None:
    """aws:SourceIp is read from it."""

    async def say(request: Request, body: Body | None) -> Response:
        return Response(200, [], str(request.client).encode())

    client = serve(say).client()
    client.request("GET", "/")
    assert client.getresponse().read() == b"127.0.0.1"


def test_the_rest_of_a_refused_body_is_not_taken_for_a_request(serve: Serve) -> None:
    async def refuse(request: Request, body: Body | None) -> Response:
        return Response(403 if request.method == "PUT" else 200, [], request.path.encode())

    server = serve(refuse)
    client = server.client()
    client.request("PUT", "/big", body=b"GET /evil HTTP/1.1\r\n\r\n" * 100_000)
    assert client.getresponse().read() == b"/big"
    client.request("GET", "/after")
    assert client.getresponse().read() == b"/after"
    assert [request.path for request in server.seen] == ["/big", "/after"]


def test_a_handler_that_does_not_read_makes_the_client_wait(serve: Serve) -> None:
    """Flow control: what is not taken does not pile up in memory."""
    go_on = threading.Event()

    async def late(request: Request, body: Body | None) -> Response:
        assert body is not None
        await asyncio.get_running_loop().run_in_executor(None, go_on.wait, 20)
        return Response(200, [], str(len(await all_of(body))).encode())

    server = serve(late)
    total = 64 << 20
    with server.connect() as connection:
        connection.sendall(f"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: {total}\r\n\r\n".encode())
        connection.settimeout(0.3)
        sent = fill(connection)
        assert sent < total // 2
        go_on.set()
        connection.settimeout(20)
        while sent < total:
            sent += connection.send(b"a" * min(65536, total - sent))
        assert read_until(connection, str(total).encode())


def fill(connection: socket.socket) -> int:
    """Send until the other side takes no more; the bytes that went."""
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < 1 << 30:
            sent += connection.send(b"a" * 65536)
    return sent


def test_a_slow_reader_makes_the_stream_wait(serve: Serve) -> None:
    made: list[int] = []

    async def parts() -> AsyncIterator[bytes]:
        for number in range(300):
            made.append(number)
            yield b"p" * 100_000

    async def stream(request: Request, body: Body | None) -> Response:
        return Response(200, [], parts())

    server = serve(stream)
    with server.connect() as connection:
        connection.sendall(post(b""))
        connection.recv(10)
        wait_for(lambda: writer_waits(server))
        assert len(made) < 250
        size, end = 0, b""
        while not end.endswith(b"\r\n0\r\n\r\n"):
            part = connection.recv(1 << 20)
            assert part
            size, end = size + len(part), (end + part)[-16:]
    assert size > 30_000_000
    assert len(made) == 300


def test_a_stream_is_chunked_and_for_old_clients_ends_with_the_connection(serve: Serve) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b"ab", b"", b"cde"):
            yield part

    async def stream(request: Request, body: Body | None) -> Response:
        return Response(200, [("content-type", "text/plain")], parts())

    server = serve(stream)
    assert server.say(post(b"")).endswith(b"\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n")
    said = server.say(b"GET / HTTP/1.0\r\n\r\n")
    assert said.endswith(b"\r\n\r\nabcde")
    assert b"chunked" not in said


def test_a_stream_that_fails_breaks_off(serve: Serve) -> None:
    """The client must see that the body is not whole."""
    closed = []

    async def parts() -> AsyncIterator[bytes]:
        try:
            yield b"ab"
            raise RuntimeError("the disk is gone")
        finally:
            closed.append(True)

    async def stream(request: Request, body: Body | None) -> Response:
        return Response(200, [], parts())

    client = serve(stream).client()
    client.request("GET", "/")
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        client.getresponse().read()
    assert closed == [True]


def test_a_file_goes_out_in_its_length(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"0123456789" * 300_000)

    async def file(request: Request, body: Body | None) -> Response:
        return Response(200, [], FileSpan(str(path), 5, 2_000_000))

    client = serve(file).client()
    for _ in range(2):
        client.request("GET", "/")
        answer = client.getresponse()
        assert answer.headers["content-length"] == "2000000"
        assert answer.read() == path.read_bytes()[5:2_000_005]


def test_head_tells_the_length_and_sends_nothing(serve: Serve) -> None:
    async def head(request: Request, body: Body | None) -> Response:
        return Response(200, [("Content-Length", "12345")], b"")

    said = serve(head).say(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"Content-Length: 12345\r\n" in said
    assert said.lower().count(b"content-length") == 1
    assert said.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_a_body_have_none(serve: Serve, status: int) -> None:
    async def empty(request: Request, body: Body | None) -> Response:
        return Response(status, [], b"")

    said = serve(empty).say(post(b"") * 2)
    assert said.count(f"HTTP/1.1 {status} ".encode()) == 2
    assert b"content-length" not in said.lower()


def test_a_header_cannot_smuggle_another(serve: Serve) -> None:
    async def evil(request: Request, body: Body | None) -> Response:
        return Response(200, [("x-custom", "a\r\nset-cookie: b")], b"body")

    assert serve(evil).say(post(b"")) == b""


@pytest.mark.parametrize(
    "words",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    ],
)
def test_what_is_no_request_is_refused(serve: Serve, words: bytes) -> None:
    server = serve()
    assert server.say(words).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert server.seen == []


@pytest.mark.parametrize(
    "rest",
    [
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n{}\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}2\r\n",
        b"Transfer-Encoding: nonsense\r\n\r\n",
    ],
    ids=["no number", "too large", "no end of line", "unknown coding"],
)
def test_a_body_that_cannot_be_read_is_refused_and_not_just_dropped(serve: Serve, rest: bytes) -> None:
    """RFC 9112, 7.1 and 6.3: to a body whose framing is wrong a server answers 400 and closes."""
    ended = threading.Event()

    async def read(request: Request, body: Body | None) -> Response:
        assert body is not None
        try:
            await all_of(body)
        except ConnectionError:
            ended.set()
            raise
        return Response()

    answer = serve(read).say(b"POST / HTTP/1.1\r\nHost: x\r\n" + rest)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert ended.wait(20)


def test_a_head_without_end_is_refused(serve: Serve) -> None:
    server = serve()
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n" + b"x-a: " + b"b" * (limits.LARGEST_HEAD + 1000))
        assert connection.recv(100).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("refused", [False, True], ids=["while it is read", "after the answer"])
@pytest.mark.parametrize("end", [b"0\r\nx-trailer: ", b"1;x-extension="], ids=["trailer", "extension"])
def test_what_follows_a_chunk_has_an_end(serve: Serve, end: bytes, refused: bool) -> None:
    """It is no body that anybody asks for: without a bound it would be kept until memory is at its end."""

    async def refuse(request: Request, body: Body | None) -> Response:
        return Response(403, [], b"no")

    server = serve(refuse if refused else echo)
    head = b"POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(head + b"1\r\nx\r\n" + end)
        if refused:
            read_until(connection, b"no")
        with pytest.raises(ConnectionError):
            connection.sendall(b"a" * (100 << 20))


def test_close_is_honoured_and_old_clients_are_not_kept(serve: Serve) -> None:
    server = serve()
    for words in (post(b"a", "Connection: close"), b"GET / HTTP/1.0\r\n\r\n"):
        with server.connect() as connection:
            connection.sendall(words)
            assert b"connection: close\r\n" in read_all(connection)


def test_an_upgrade_is_not_taken_up(serve: Serve) -> None:
    """curl --http2 asks so; it goes on in HTTP/1.1 when nobody takes it up (RFC 9110, 7.8)."""
    words = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    with serve().connect() as connection:
        connection.sendall(words)
        assert read_all(connection).startswith(b"HTTP/1.1 200 OK\r\n")


def test_an_absolute_address_is_a_path(serve: Serve) -> None:
    """RFC 9112, 3.2.2: as clients ask proxies."""
    server = serve()
    server.say(b"GET http://x.amazonaws.com/a/b?c=d HTTP/1.1\r\nHost: x.amazonaws.com\r\n\r\n")
    assert (server.seen[0].path, server.seen[0].query) == ("/a/b", "c=d")


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


def writer_waits(server: Served) -> bool:
    return any(one._writable is not None for one in list(server.http.connections))


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(2000):
        if condition():
            return
        threading.Event().wait(0.005)
    raise AssertionError("it did not come about")


GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


def reset(connection: socket.socket) -> None:
    """Go without a good-bye, as a process does that is killed with bytes unread."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class TestAClientThatHasGone:
    def test_an_answer_that_waits_is_cancelled(self, serve: Callable[..., Served]) -> None:
        begun, ended = threading.Event(), threading.Event()

        async def waits(request: Request, body: Body | None) -> Response:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            return Response(200, [], b"")

        with serve(waits).connect() as connection:
            connection.sendall(GET)
            assert begun.wait(20)
            assert not ended.is_set()
            reset(connection)
        assert ended.wait(20)

    def test_one_that_has_ended_both_sides_is_found_out(self, serve: Callable[..., Served]) -> None:
        """Its last packet is the same as of one that has ended its own side only, and still waits."""
        begun, ended = threading.Event(), threading.Event()

        async def waits(request: Request, body: Body | None) -> Response:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            return Response(200, [], b"")

        served = serve(waits)
        with served.connect() as connection:
            connection.sendall(GET)
            assert begun.wait(20)
        asyncio.run_coroutine_threadsafe(served.http.keep_time(), served.loop)
        assert ended.wait(20)

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
        begun = threading.Event()

        async def waits(request: Request, body: Body | None) -> Response:
            begun.set()
            await asyncio.Event().wait()
            return Response(200, [], b"")

        served = serve(waits)
        with served.connect() as connection:
            connection.sendall(GET)
            assert begun.wait(20)
            reset(connection)

        async def close() -> None:
            async with asyncio.timeout(5):
                await served.http.close(30)

        served.do(close())
