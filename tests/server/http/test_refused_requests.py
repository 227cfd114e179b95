"""What our HTTP/1.1 refuses, and what it does with the connection then (RFC 9112)."""

from __future__ import annotations

import asyncio
import re
import socket
import threading

import pytest

from clary.server.http import connection as limits
from clary.server.http.body import Body
from clary.wire import Request, Response
from tests.server.http.served import Serve, all_of, echo, post, read_all, read_until, wait_for


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


@pytest.mark.parametrize("wrong", [b"nonsense\r\n\r\n", post(b"", "Content-Length: x")])
@pytest.mark.parametrize("ends", [True, False], ids=["client has ended its side", "client goes on"])
def test_what_is_no_request_is_refused_after_the_answers_before_it(
    serve: Serve, wrong: bytes, ends: bool
) -> None:
    """RFC 9112, 9.3.2: answers come in the order of the requests."""
    go_on = threading.Event()

    async def wait(request: Request, body: Body | None) -> Response:
        await asyncio.to_thread(go_on.wait, 20)
        return Response(200, [], b"answer")

    server = serve(wait)
    with server.connect() as connection:
        connection.sendall(post(b"a") + post(b"b") + wrong)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        wait_for(lambda: any(one._refusal for one in list(server.http.connections)))
        go_on.set()
        said = read_all(connection)
    assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"200", b"200", b"400"]
    assert len(server.seen) == 2


def test_a_client_that_wants_no_further_answer_gets_none(serve: Serve) -> None:
    """What comes after `Connection: close` is not looked at (RFC 9112, 9.6)."""
    said = serve().say(post(b"a", "Connection: close") + b"nonsense\r\n\r\n")
    assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"200"]


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
