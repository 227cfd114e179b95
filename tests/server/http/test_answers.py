"""How answers go out: in chunks, as files, without a body, to readers that are slow."""

from __future__ import annotations

import http.client
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from clary.server.http.body import Body
from clary.wire import FileSpan, Request, Response
from tests.server.http.served import Serve, Served, post, wait_for


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


def test_a_stream_whose_length_is_said_is_sent_in_it(serve: Serve) -> None:
    """Clients show it and check it (boto3's ContentLength): it must not be lost in chunks."""
    lengths = iter(["5", "6", "4"])

    async def parts() -> AsyncIterator[bytes]:
        for part in (b"ab", b"", b"cde"):
            yield part

    async def stream(request: Request, body: Body | None) -> Response:
        return Response(200, [("Content-Length", next(lengths))], parts())

    client = serve(stream).client()
    client.request("GET", "/")
    answer = client.getresponse()
    assert (answer.headers["content-length"], answer.headers["transfer-encoding"]) == ("5", None)
    assert answer.read() == b"abcde"
    for _ in ("too short", "too long"):  # the client must see that it is not what was said
        client.request("GET", "/")
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            client.getresponse().read()
        client.close()


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


def writer_waits(server: Served) -> bool:
    return any(one._writable is not None for one in list(server.http.connections))
