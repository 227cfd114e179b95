"""Requests that no client sends: too large, not well formed, two lengths at once, and those that never end."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

import pytest

from tests.security.signed import signed, target
from tests.support.live import Live, read_all

JSON = target("SageMaker.ListTrainingJobs")
CBOR = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
CBOR_PATH = "/service/GraniteServiceVersion20100801/operation/PutMetricData"


def head_of(live: Live, framing: str) -> bytes:
    """The head of a signed call whose body is still to come."""
    headers = signed(live, "sagemaker", "POST", "/", b"{}", JSON).headers | {"Host": f"127.0.0.1:{live.port}"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if name != "Content-Length")
    return f"POST / HTTP/1.1\r\n{lines}{framing}\r\n\r\n".encode()


def test_a_body_beyond_every_limit_is_refused(live: Live) -> None:
    """Once its length is known. The answer is read before the rest is sent: a client that goes on beyond what the server
    throws away finds the connection reset, and may have lost an answer that it has not read (RFC 9112, 9.6)."""
    with socket.create_connection(("127.0.0.1", live.port), timeout=20) as line:
        line.sendall(head_of(live, f"Content-Length: {65 << 20}") + b" ")
        answer = line.recv(4096)
        assert answer.startswith(b"HTTP/1.1 413 "), answer[:200]
        with contextlib.suppress(ConnectionError):
            line.sendall(bytes(64 << 20))
    assert live.healthy()


def test_an_unsigned_body_is_not_waited_for(live: Live) -> None:
    for framing in (b"Content-Length: 68157440", b"Transfer-Encoding: chunked"):
        head = b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: SageMaker.ListModels\r\n" + framing + b"\r\n\r\n"
        with socket.create_connection(("127.0.0.1", live.port), timeout=5) as line:
            line.sendall(head)
            answer = b""
            while b"MissingAuthenticationTokenException" not in answer:
                part = line.recv(4096)
                assert part, answer
                answer += part
        assert answer.startswith(b"HTTP/1.1 400 "), answer[:200]


def test_an_endless_body_in_chunks_is_cut_off(live: Live) -> None:
    piece = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    answer = b""
    with socket.create_connection(("127.0.0.1", live.port), timeout=5) as line:
        line.sendall(head_of(live, "Transfer-Encoding: chunked"))
        try:
            for _ in range(80):  # MiB, where 6 are the limit
                line.sendall(piece)
            answer = read_all(line)
        except OSError:
            line.settimeout(2)
            answer = read_all(line)
    assert answer.startswith(b"HTTP/1.1 413 ") or answer == b"", answer[:200]
    assert live.healthy()


def test_an_invocation_may_be_25_mb_and_no_more(live: Live) -> None:
    # https://docs.aws.amazon.com/general/latest/gr/sagemaker.html, "Payload size".
    body = b"x" * (25 * 1024 * 1024 + 1)
    status, _, said = signed(live, "sagemaker", "POST", "/endpoints/none/invocations", body).send(live)
    assert (status, b"exceeded 26214400 bytes" in said) == (413, True), said
    status, _, said = signed(live, "sagemaker", "POST", "/endpoints/none/invocations", body[:-1]).send(live)
    assert (status, b"Endpoint none" in said) == (400, True), said


@pytest.mark.parametrize(
    "body", [b"{", b"[1", b'"text"', b"[]", b"\xff\xfe", b"[" * 100_000, b'{"MaxResults": 1e999}', b"nul"]
)
def test_json_that_is_none_is_a_clients_mistake(live: Live, body: bytes) -> None:
    status, _, said = signed(live, "sagemaker", "POST", "/", body, JSON).send(live)
    assert status == 400, said
    assert b"SerializationException" in said or b"ValidationException" in said


@pytest.mark.parametrize(
    "body",
    [
        b"<",
        b"<Delete><Object>",
        b"not xml",
        b"<a>" * 50_000,
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&x;</Key></Object></Delete>',
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        b"]><Delete><Object><Key>&b;</Key></Object></Delete>",
    ],
    ids=["open", "cut", "text", "deep", "external-entity", "entities"],
)
def test_xml_that_is_none_is_a_clients_mistake(live: Live, body: bytes) -> None:
    # S3 ErrorResponses: MalformedXML.
    status, _, said = signed(live, "s3", "POST", "/data?delete", body).send(live)
    assert (status, b"MalformedXML" in said) == (400, True), said
    assert b"root:" not in said


@pytest.mark.parametrize(
    "body", [b"\xff", b"\xa1", b"\x9f" * 10_000, b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff", b""]
)
def test_cbor_that_is_none_is_a_clients_mistake(live: Live, body: bytes) -> None:
    status, _, said = signed(live, "monitoring", "POST", CBOR_PATH, body, CBOR).send(live)
    assert status == 400, said


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        b"Content-Length: 4\r\nContent-Length: 5\r\n",
        b"Content-Length: +4\r\n",
        b"Content-Length: -4\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"X: y\r\n Content-Length: 4\r\n",
    ],
    ids=lambda head: head.decode().replace("\r\n", " | "),
)
def test_a_request_smuggled_behind_another_is_never_answered(live: Live, head: bytes) -> None:
    """RFC 9112, 6.1 and 6.3: a length that can be read in two ways is an error and ends the connection."""
    smuggled = b"GET /_clary/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    request = b"POST / HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n0\r\n\r\n" + smuggled
    answer = live.send(request, seconds=3)
    assert b'"status": "ok"' not in answer, answer
    assert answer.startswith(b"HTTP/1.1 4") or answer == b"", answer


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x00\x01\x02\x03" * 100,
        b"\x16\x03\x01\x00\xff" + b"\x00" * 300,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        b"GET /%zz%00%c0%af HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://elsewhere/_clary/status HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=[
        "blank",
        "short",
        "version",
        "bytes",
        "tls-garbage",
        "http2",
        "long-header",
        "many-headers",
        "path",
        "absolute",
    ],
)
def test_what_is_not_http_costs_its_own_connection_only(live: Live, data: bytes) -> None:
    try:
        answer = live.send(data, seconds=2)
    except OSError:  # it was closed while we were still sending
        answer = b""
    assert not answer.startswith(b"HTTP/1.1 5"), answer[:300]
    assert not answer.startswith(b"HTTP/1.1 2"), answer[:300]
    assert live.healthy()


def test_a_header_value_cannot_make_a_header(live: Live, s3: Any) -> None:
    """What comes back in a header was checked when it came in, or is refused then."""
    s3.put_object(Bucket="data", Key="h", Body=b"x")
    for value in ("a%0d%0aSet-Cookie:%20x=y", "a%0aX-Injected:%20y"):
        path = f"/data/h?response-content-type={value}"
        status, headers, _ = signed(live, "s3", "GET", path).send(live)
        assert "set-cookie" not in headers
        assert "x-injected" not in headers
        assert status in (200, 400)
    assert live.healthy()


def test_a_wrong_length_is_no_reason_to_fail(live: Live) -> None:
    answer = live.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n", seconds=3)
    assert answer.startswith(b"HTTP/1.1 400"), answer[:200]
