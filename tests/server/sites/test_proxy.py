"""Visits that are passed on to a program: what MLflow and JupyterLab will be behind. Source: RFC 9110, 7.6 (intermediaries)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from clary.plane import Service
from clary.plane.sites import Bounds, Visit
from clary.plane.sites import proxy as limits
from clary.plane.sites.proxy import Upstream, forward
from clary.wire import Request, Response
from tests.plane.sites.programs import echo, silent, socket_echo
from tests.support.live import short_folder
from tests.support.scratch_sites import SiteServer
from tests.support.waiting import until

JUPYTER: Any = ["jupyter"]


class Program:
    """Where visits are passed on to; the test says."""

    upstream = Upstream(port=1)
    target: str | None = None
    headers: Mapping[str, str] = {"x-site": "yes"}


@pytest.fixture
def program(scratch: Service) -> Program:
    program = Program()

    @scratch.site(path="/_proxy", open=True, bounds=Bounds(body=40 << 20))
    async def proxied(visit: Visit) -> Response:
        return await forward(visit, program.upstream, program.target, program.headers)

    return program


@pytest.fixture
def served(program: Program, served: SiteServer) -> SiteServer:
    return served


@pytest.fixture
def web(served: SiteServer, program: Program) -> Iterator[httpx.Client]:
    with echo() as port, httpx.Client(base_url=served.url, timeout=20) as client:
        program.upstream = Upstream(port=port)
        yield client


def headers_of(answer: httpx.Response) -> dict[str, str]:
    return dict(answer.json()["headers"])


def test_a_visit_is_passed_on(web: httpx.Client, served: SiteServer) -> None:
    answer = web.post(
        "/_proxy/a%2Fb?x=1&y=%20", content=b"hello", headers={"x-own": "1", "host": "localhost:99"}
    )
    seen = answer.json()
    assert (seen["method"], seen["target"], seen["length"]) == ("POST", "/_proxy/a%2Fb?x=1&y=%20", 5)
    found = headers_of(answer)
    assert (found["x-own"], found["x-site"], found["content-length"]) == ("1", "yes", "5")
    assert (found["host"], found["x-forwarded-host"]) == ("localhost:99", "localhost:99")
    assert (found["x-forwarded-for"], found["x-forwarded-proto"]) == ("127.0.0.1", "http")


def test_what_is_of_one_connection_stays_there(web: httpx.Client) -> None:
    said = {
        "connection": "keep-alive, x-private",
        "x-private": "1",
        "keep-alive": "timeout=5",
        "te": "trailers",
        "proxy-authorization": "Basic x",
        "x-forwarded-for": "1.2.3.4",
        "forwarded": "for=1.2.3.4",
        "x-amz-security-token": "secret",
    }
    answer = web.get("/_proxy/", headers=said)
    found = headers_of(answer)
    assert found["x-forwarded-for"] == "127.0.0.1"
    assert found["connection"] == "close"
    for name in ("x-private", "keep-alive", "te", "proxy-authorization", "forwarded", "x-amz-security-token"):
        assert name not in found, name
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert answer.headers["x-own"] == "é"
    assert "x-hop" not in answer.headers
    assert len(answer.headers.get_list("date")) == 1


def test_an_aws_signature_stays_here() -> None:
    """On a host of its own a site may get requests that are signed for AWS: the program is not to have them."""
    passed = limits._passed_on(
        Request("GET", "/", "", {"authorization": "AWS4-HMAC-SHA256 Credential=x", "host": "h"})
    )
    assert "authorization" not in passed


def test_other_authorizations_are_passed_on(web: httpx.Client) -> None:
    assert (
        headers_of(web.get("/_proxy/", headers={"authorization": "Bearer x"}))["authorization"] == "Bearer x"
    )


def test_bodies_stream_both_ways(web: httpx.Client) -> None:
    answer = web.put("/_proxy/", content=b"x" * (5 << 20))
    assert answer.json()["length"] == 5 << 20
    answer = web.put("/_proxy/", content=(b"y" * 100_000 for _ in range(60)))
    assert (answer.json()["length"], headers_of(answer)["transfer-encoding"]) == (6_000_000, "chunked")
    assert web.get("/_proxy/slow").content == b"onetwo"


def test_a_head_has_the_length_and_no_body(web: httpx.Client) -> None:
    answer = web.head("/_proxy/")
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 100
    assert web.get("/_proxy/").status_code == 200


def test_the_site_may_say_what_the_program_sees(web: httpx.Client, program: Program) -> None:
    program.target = "/elsewhere?z"
    assert web.get("/_proxy/a").json()["target"] == "/elsewhere?z"


def test_the_site_may_say_a_header_in_the_clients_place(web: httpx.Client, program: Program) -> None:
    """Whatever the case: names of headers have none (RFC 9110, 5.1)."""
    program.headers = {"X-Own": "site", "Authorization": "token abc"}
    answer = web.get("/_proxy/a", headers={"x-own": "client", "authorization": "Basic x"})
    found = [pair for pair in answer.json()["headers"] if pair[0].lower() in ("x-own", "authorization")]
    assert sorted(found) == [["authorization", "token abc"], ["x-own", "site"]]


def test_a_program_on_a_unix_socket(web: httpx.Client, program: Program) -> None:
    path = short_folder() / "s"
    with echo(path):
        program.upstream = Upstream(str(path))
        assert web.get("/_proxy/x").json()["target"] == "/_proxy/x"
    path.unlink(missing_ok=True)
    path.parent.rmdir()


@pytest.mark.parametrize("path", ["nonsense", "dead"])
def test_a_program_that_speaks_no_http(web: httpx.Client, path: str) -> None:
    answer = web.get(f"/_proxy/{path}")
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (502, "BadGatewayException")


def test_a_program_that_is_not_there(web: httpx.Client, program: Program) -> None:
    with silent() as gone:
        program.upstream = Upstream(port=gone.getsockname()[1])
    assert web.get("/_proxy/").status_code == 502


def test_a_program_that_is_silent(
    web: httpx.Client, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_HEAD_SECONDS", 0.05)
    with silent() as listening:
        program.upstream = Upstream(port=listening.getsockname()[1])
        assert web.post("/_proxy/", content=b"x").status_code == 504


def test_an_answer_that_breaks_off_is_not_whole_for_the_client(web: httpx.Client) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        web.get("/_proxy/broken")


def test_a_client_that_goes_lets_the_program_go(
    served: SiteServer, program: Program, scratch: Service
) -> None:
    with silent() as listening:
        program.upstream = Upstream(port=listening.getsockname()[1])
        with served.connect() as line:
            line.sendall(b"GET /_proxy/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
            far, _ = listening.accept()
        until(
            lambda: served.judge(after=0) or not served.http.connections
        )  # its end is noticed by the second
        far.settimeout(20)
        while far.recv(1 << 16):
            pass
        far.close()


@pytest.mark.parametrize(
    "said",
    [b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"Content-Length: 3, 4\r\n\r\nabc"],
)
def test_two_lengths_do_not_reach_the_program(served: SiteServer, web: httpx.Client, said: bytes) -> None:
    answer = served.say(b"POST /_proxy/ HTTP/1.1\r\nHost: localhost\r\n" + said)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert served.seen == []


# WebSockets ------------------------------------------------------------------------------------------------------


@pytest.fixture
def sockets(served: SiteServer, program: Program) -> Iterator[Any]:
    with socket_echo() as port:
        program.upstream = Upstream(port=port)
        yield served


def test_a_websocket_is_passed_on(sockets: SiteServer) -> None:
    with connect(sockets.ws + "/_proxy/k?x=1", subprotocols=JUPYTER) as client:
        assert client.subprotocol == "jupyter"
        assert client.recv(timeout=20) == "/_proxy/k?x=1 jupyter"
        for message in ("hello", b"x" * 900_000):
            client.send(message)
            assert client.recv(timeout=20) == message
    until(lambda: not sockets.http.connections)


def test_a_program_that_takes_no_websocket(web: httpx.Client, served: SiteServer) -> None:
    with pytest.raises(InvalidStatus) as caught, connect(served.ws + "/_proxy/"):
        pass
    assert caught.value.response.status_code == 200


def test_a_passed_on_websocket_ends_with_the_server(sockets: SiteServer) -> None:
    with connect(sockets.ws + "/_proxy/", subprotocols=JUPYTER) as client:
        client.recv(timeout=20)
        sockets.stop()
        with pytest.raises(ConnectionClosed):
            client.recv(timeout=20)


def test_a_silent_passed_on_websocket_ends(sockets: SiteServer) -> None:
    with connect(sockets.ws + "/_proxy/", subprotocols=JUPYTER, ping_interval=None) as client:
        client.recv(timeout=20)
        sockets.judge(after=Bounds().idle + 1)
        with contextlib.suppress(ConnectionClosed):
            client.recv(timeout=20)
    until(lambda: not sockets.http.connections)
