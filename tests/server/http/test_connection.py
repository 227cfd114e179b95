"""Our HTTP/1.1: requests as RFC 9112 and real clients write them, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading

import pytest

from clary.server.http import connection as limits
from clary.server.http.body import Body
from clary.wire import Request, Response
from tests.server.http.served import Serve, all_of, post, read_all, read_until


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
