"""HTTP that no client sends: a request is answered once or not at all, and never is a part of it taken for another.

Sources: RFC 9112 (6.1 and 6.3: lengths; 5: header lines; 7.1: chunks; 3.2: targets and Host), RFC 9110.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from clary.server.gateway import Gateway
from clary.server.http.body import Body
from clary.server.http.connection import LARGEST_HEAD
from clary.server.http.server import HttpServer
from clary.wire import Request, Response
from tests.conftest import ROOT_KEY, ROOT_SECRET
from tests.inprocess import InProcess, Loop

SESSION = boto3.Session(ROOT_KEY, ROOT_SECRET, region_name="us-east-1")
FIRST = b"POST /first HTTP/1.1\r\nHost: x\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


class Served:
    """The gateway behind our own HTTP server, on a real socket; `seen` are the targets it was asked for."""

    def __init__(self, gateway: Gateway, loop: Loop) -> None:
        self._gateway = gateway
        self._loop = loop
        self.seen: list[str] = []
        self.port = loop.run(self._open())

    async def _open(self) -> int:
        self._http = HttpServer(self._answer)
        self._listening = await asyncio.get_running_loop().create_server(self._http.protocol, "127.0.0.1", 0)
        return self._listening.sockets[0].getsockname()[1]

    async def _answer(self, request: Request, body: Body | None) -> Response:
        self.seen.append(request.path)
        return await self._gateway.answer(request, body)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def say(self, data: bytes) -> bytes:
        """Everything that comes back, until the other side is done."""
        with self.connect() as line:
            sender = threading.Thread(target=_send, args=(line, data))
            sender.start()
            said = _read(line)
            sender.join()
        return said

    def close(self) -> None:
        async def end() -> None:
            self._listening.close()
            await self._http.close(5)

        self._loop.run(end())


def _send(line: socket.socket, data: bytes) -> None:
    """All of it, or as much as the other side takes before it closes."""
    try:
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def _read(line: socket.socket) -> bytes:
    said = b""
    try:
        while part := line.recv(1 << 16):
            said += part
    except ConnectionError:
        pass
    return said


@pytest.fixture
def served(app: InProcess, loop: Loop) -> Iterator[Served]:
    served = Served(app.gateway, loop)
    yield served
    served.close()


def statuses(said: bytes) -> list[int]:
    return [int(part[:3]) for part in said.split(b"HTTP/1.1 ")[1:]]


# What follows the request line and Host, up to where one reading ends the request: in another, what is sent behind it
# is part of the body, or the other way round.
AMBIGUOUS = {
    "length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 4\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "list of lengths": b"Content-Length: 5, 0\r\n\r\n0\r\n\r\n",
    "length with plus": b"Content-Length: +5\r\n\r\n0\r\n\r\n",
    "negative length": b"Content-Length: -5\r\n\r\n0\r\n\r\n",
    "hexadecimal length": b"Content-Length: 0x5\r\n\r\n0\r\n\r\n",
    "length with underscore": b"Content-Length: 0_5\r\n\r\n0\r\n\r\n",
    "empty length": b"Content-Length:\r\n\r\n",
    "blank in length": b"Content-Length: 5 0\r\n\r\n0\r\n\r\n",
    "length above 2^64": b"Content-Length: 18446744073709551621\r\n\r\n0\r\n\r\n",
    "digits of another script": "Content-Length: ٥\r\n\r\n0\r\n\r\n".encode(),
    "identity": b"Transfer-Encoding: identity\r\n\r\n",
    "chunked is not last": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked in two headers": b"Transfer-Encoding: chunked\r\n" + CHUNKED + b"0\r\n\r\n",
    "chunked twice": b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "another coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "vertical tab before coding": b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "quoted coding": b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "blank before colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "folded coding": b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "empty coding": b"Transfer-Encoding:\r\n\r\n0\r\n\r\n",
    "coding with parameter": b"Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
    "folded line": b"X: y\r\n Content-Length: 5\r\n\r\n0\r\n\r\n",
    "bare line feed": b"X: y\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "bare line feeds end the head": b"X: y\n\n",
    "bare carriage return": b"X: y\rContent-Length: 5\r\n\r\n0\r\n\r\n",
    "NUL in a value": b"X: y\x00z\r\n\r\n",
    "NUL in a name": b"X\x00: y\r\n\r\n",
    "no colon": b"Content-Length 5\r\n\r\n",
    "blank before the first name": b" Content-Length: 5\r\n\r\n0\r\n\r\n",
    "empty name": b": y\r\n\r\n",
    "blank in a name": b"Content Length: 5\r\n\r\n0\r\n\r\n",
    "second Host": b"Host: y\r\n\r\n",
    "size with blank": CHUNKED + b"0 \r\n\r\n",
    "size with prefix": CHUNKED + b"0x0\r\n\r\n",
    "size with plus": CHUNKED + b"+0\r\n\r\n",
    "negative size": CHUNKED + b"-0\r\n\r\n",
    "size with underscore": CHUNKED + b"0_0\r\n\r\n",
    "no size": CHUNKED + b"\r\n\r\n",
    "size above 2^64": CHUNKED + b"10000000000000000\r\n\r\n",
    "bare line feed after size": CHUNKED + b"0\n\r\n",
    "bare line feed in extension": CHUNKED + b"0;a=\nb\r\n\r\n",
    "more data than the size": CHUNKED + b"1\r\nxx0\r\n\r\n",
    "length in a trailer": CHUNKED + b"0\r\nContent-Length: 50\r\n\r\n",
}


@pytest.mark.parametrize("rest", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_what_can_be_read_in_two_ways_ends_the_connection(served: Served, rest: bytes) -> None:
    said = served.say(FIRST + rest + SMUGGLED)
    assert "/smuggled" not in served.seen
    assert statuses(said) == [400]


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /first\r\n\r\n",
        b"GET /first HTTP/1.2\r\nHost: x\r\n\r\n",
        b"GET /first HTTP/2.0\r\nHost: x\r\n\r\n",
        b"GET /first HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /first http/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /first HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        b"GET /first HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /first HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET\t/first\tHTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /fi rst HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /fi\0rst HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GE T /first HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /first HTTP/1.1\nHost: x\n\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40),
    ],
    ids=lambda request: request[:40].decode("latin-1"),
)
def test_another_version_or_protocol_is_answered_once_and_no_further(served: Served, request_: bytes) -> None:
    said = served.say(request_ + SMUGGLED)
    assert "/smuggled" not in served.seen
    assert len(statuses(said)) == 1
    assert statuses(said)[0] in (400, 404, 405, 412)


@pytest.mark.parametrize(
    "request_",
    [
        FIRST + b"Transfer-Encoding: CHUNKED\r\n\r\n3;x=y\r\nabc\r\n0\r\n\r\n",
        b"GET /first HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
        b"\r\nGET /first HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://elsewhere/first HTTP/1.1\r\nHost: x\r\n\r\n",
        FIRST + b"Content-Length: %d\r\n\r\n" % len(SMUGGLED * 9000) + SMUGGLED * 9000,
        FIRST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
    ],
    ids=["chunks", "body of a GET", "blank line first", "absolute", "requests as a body", "awaited body"],
)
def test_a_body_is_a_body_and_what_follows_is_the_next_request(served: Served, request_: bytes) -> None:
    """And never is one within the body: the counter-proof of the tables above."""
    said = served.say(request_ + b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
    assert served.seen == ["/first", "/next"]
    assert len([status for status in statuses(said) if status != 100]) == 2


@pytest.mark.parametrize(
    "head",
    [
        b"X: y\r\n" * 12_000,
        b"".join(b"X-%d: y\r\n" % n for n in range(8000)),
        b"X: " + b"y" * (LARGEST_HEAD + 5000) + b"\r\n",
    ],
    ids=["12,000 headers", "other names", "one long header"],
)
def test_a_head_has_a_largest_size(served: Served, head: bytes) -> None:
    said = served.say(b"GET /first HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n")
    assert served.seen == []
    assert statuses(said) in ([431], [])  # none where the line was closed while the client was still sending


def test_half_requests_hold_up_nobody(served: Served) -> None:
    with ExitStack() as stack:
        for _ in range(150):
            line = stack.enter_context(served.connect())
            line.sendall(b"POST /half HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        assert statuses(served.say(SMUGGLED)) == [404]
    assert served.seen == ["/smuggled"]


BREAKS = ["a\r\nset-cookie: x=y", "a\nset-cookie: x=y", "a\rset-cookie: x=y", "a\0b"]
OVERRIDES = [
    "ResponseContentType", "ResponseContentDisposition", "ResponseContentEncoding", "ResponseContentLanguage",
    "ResponseCacheControl",
]  # fmt: skip


@pytest.mark.parametrize("text", BREAKS, ids=repr)
@pytest.mark.parametrize("member", OVERRIDES)
def test_no_parameter_makes_a_header_of_the_answer(
    served: Served, client: Any, member: str, text: str
) -> None:
    """What cannot be a header's value is refused, or the answer is broken off: it never becomes two headers."""
    _bucket(client, "k")
    try:
        answer = _s3(served).get_object(Bucket="bucket", Key="k", **{member: text})
    except (BotoCoreError, _s3(served).exceptions.ClientError):
        return
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert "set-cookie" not in headers


@pytest.mark.parametrize("text", BREAKS, ids=repr)
def test_no_key_makes_a_header_of_the_answer(served: Served, client: Any, text: str) -> None:
    _bucket(client, text)
    s3 = _s3(served)
    for answer in (
        s3.get_object(Bucket="bucket", Key=text),
        s3.head_object(Bucket="bucket", Key=text),
        s3.copy_object(Bucket="bucket", Key=text + "2", CopySource={"Bucket": "bucket", "Key": text}),
    ):
        assert "set-cookie" not in answer["ResponseMetadata"]["HTTPHeaders"]


def _bucket(client: Any, key: str) -> None:
    client("s3").create_bucket(Bucket="bucket")
    client("s3").put_object(Bucket="bucket", Key=key, Body=b"x")


def _s3(served: Served) -> Any:
    """boto3 over the real socket."""
    config = Config(retries={"max_attempts": 0, "mode": "standard"})
    return SESSION.client("s3", endpoint_url=f"http://127.0.0.1:{served.port}", config=config)
