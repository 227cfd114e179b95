"""WebSockets of sites, through the `websockets` client library and, where a client must misbehave, by hand.

Sources: RFC 6455 (4.2: handshake; 5.4: fragments; 5.5: control frames; 7.4: close codes).
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from clary.plane import Platform, Service
from clary.server.authority import Authority
from clary.server.home import Home
from clary.server.options import Options
from tests.inprocess import Loop
from tests.support.scratch_sites import BOUNDS, SiteServer, with_bounds
from tests.support.waiting import until

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455, 1.3
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

Open = Callable[..., ClientConnection]


@pytest.fixture
def dial(served: SiteServer) -> Iterator[Open]:
    """`dial("/_socket")`: a client's open WebSocket."""
    with contextlib.ExitStack() as stack:
        yield lambda path="/_socket", **how: stack.enter_context(
            connect(served.ws + path, open_timeout=20, close_timeout=5, **how)
        )


def head(*lines: str, path: str = "/_socket", key: str = KEY) -> bytes:
    """A handshake as it is on the wire; `lines` take the place of headers of the same name."""
    given = {
        "Host": "localhost",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Version": "13",
    }
    given.update(line.split(": ", 1) for line in lines)
    text = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value)
    return f"GET {path} HTTP/1.1\r\n{text}\r\n".encode()


def frame(opcode: int, payload: bytes, *, fin: bool = True, masked: bool = True, rsv: int = 0) -> bytes:
    """One frame of a client; the mask is of zeros, which leaves the payload as it is."""
    first = (0x80 if fin else 0) | rsv | opcode
    mask = 0x80 if masked else 0
    size = len(payload)
    if size < 126:
        length = bytes([mask | size])
    elif size <= 0xFFFF:
        length = bytes([mask | 126]) + size.to_bytes(2, "big")
    else:
        length = bytes([mask | 127]) + size.to_bytes(8, "big")
    return bytes([first]) + length + (bytes(4) if masked else b"") + payload


@pytest.fixture
def raw(served: SiteServer) -> Iterator[Callable[..., socket.socket]]:
    """`raw(path)`: a socket on which the handshake is done."""
    with contextlib.ExitStack() as stack:

        def opened(path: str = "/_socket") -> socket.socket:
            line = stack.enter_context(served.connect())
            line.sendall(head(path=path))
            said = b""
            while not said.endswith(b"\r\n\r\n"):
                said += line.recv(1)
            assert said.startswith(b"HTTP/1.1 101 ")
            return line

        yield opened


def rest(line: socket.socket) -> bytes:
    """All that comes until the server is done."""
    said = b""
    with contextlib.suppress(ConnectionError):
        while part := line.recv(1 << 16):
            said += part
    return said


def exactly(line: socket.socket, expected: bytes) -> bool:
    """Whether that is what comes next."""
    said = b""
    while len(said) < len(expected) and (part := line.recv(len(expected) - len(said))):
        said += part
    return said == expected


def close_code(said: bytes) -> int:
    """The code of the close frame that is the last thing said."""
    place = said.rindex(b"\x88")
    assert said[place + 1] >= 2, said
    return int.from_bytes(said[place + 2 : place + 4], "big")


def ends(scratch: Service) -> list[str]:
    return scratch.ends  # type: ignore[attr-defined]


# messages --------------------------------------------------------------------------------------------------------


def test_messages_go_both_ways(dial: Open, scratch: Service) -> None:
    with dial() as client:
        for message in ("hello", b"\x00\xff", "", b"", "é" * 20_000, b"x" * BOUNDS.message):
            client.send(message)
            assert client.recv(timeout=20) == message
    until(lambda: ends(scratch) == ["returned"])


def test_a_message_may_come_in_fragments_with_a_ping_between(dial: Open) -> None:
    with dial() as client:
        client.send(["ab", "", "cd", "é"])
        assert client.recv(timeout=20) == "abcdé"


def test_a_ping_between_fragments_is_answered(raw: Callable[..., socket.socket]) -> None:
    line = raw()
    line.sendall(frame(1, b"a", fin=False) + frame(9, b"there?") + frame(0, b"b"))
    assert exactly(line, b"\x8a\x06there?" + b"\x81\x02ab")


def test_what_comes_with_the_handshake_is_not_lost(served: SiteServer) -> None:
    with served.connect() as line:
        line.sendall(head() + frame(1, b"early"))
        said = b""
        while not said.endswith(b"\x81\x05early"):
            said += line.recv(1)
    assert said.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert f"sec-websocket-accept: {ACCEPT}\r\n".encode() in said
    assert b"content-length" not in said
    assert b"transfer-encoding" not in said
    assert said.endswith(b"\r\n\r\n\x81\x05early")


def test_over_tls(platform: Platform, loop: Loop, options: Options) -> None:
    authority = Authority(Home(platform.settings.home).ca, (), platform.settings.sealing_key)
    server = SiteServer(platform, loop, options, authority.server_context())
    trusting = ssl.create_default_context(cafile=str(authority.bundle))
    try:
        with connect(f"wss://localhost:{server.port}/_socket", ssl=trusting) as client:
            client.send("sealed")
            assert client.recv(timeout=20) == "sealed"
    finally:
        server.stop()


# handshake -------------------------------------------------------------------------------------------------------


def test_the_sites_first_subprotocol_that_the_client_has_is_spoken(dial: Open) -> None:
    assert dial(subprotocols=["other", "echo"]).subprotocol == "echo"
    assert dial(subprotocols=["unknown", "other"]).subprotocol == "other"
    assert dial(subprotocols=["unknown"]).subprotocol is None


def test_no_extension_is_agreed_on(served: SiteServer) -> None:
    """A packed message has no bound before it is unpacked."""
    said = served.say(head("Sec-WebSocket-Extensions: permessage-deflate"))
    assert said.startswith(b"HTTP/1.1 101 ")
    assert b"sec-websocket-extensions" not in said


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("Sec-WebSocket-Version: 12", 426),
        ("Sec-WebSocket-Version: ", 426),
        ("Sec-WebSocket-Key: ", 400),
        ("Sec-WebSocket-Key: short", 400),
        ("Sec-WebSocket-Key: ????????????????????????", 400),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==,dGhlIHNhbXBsZSBub25jZQ==", 400),
        ("Content-Length: 5", 400),
        ("Transfer-Encoding: chunked", 400),
        ("Connection: close", 400),
    ],
)
def test_a_bad_handshake_is_refused(served: SiteServer, line: str, status: int) -> None:
    said = served.say(head(line) + b"hello")
    assert said.startswith(f"HTTP/1.1 {status} ".encode()), said
    assert said.count(b"HTTP/1.1 ") == 1
    if status == 426:
        assert b"sec-websocket-version: 13\r\n" in said


def test_the_method_is_get_and_the_version_is_1_1(served: SiteServer) -> None:
    assert served.say(head().replace(b"GET", b"PUT")).startswith(b"HTTP/1.1 400 ")
    assert b"101" not in served.say(head().replace(b"HTTP/1.1", b"HTTP/1.0"))


@pytest.mark.parametrize("path", ["/", "/bucket/key", "/_clary/health", "/_scratch/x", "/_signed/x"])
def test_an_upgrade_elsewhere_is_not_taken(served: SiteServer, path: str) -> None:
    said = served.say(head(path=path) + frame(1, b"GET / HTTP/1.1\r\n\r\n"))
    assert said.count(b"HTTP/1.1 ") == 1
    assert not said.startswith(b"HTTP/1.1 101")
    assert b"connection: close" in said


def test_plain_http_to_a_site_of_sockets(dial: Open) -> None:
    with pytest.raises(InvalidStatus) as caught:
        dial("/_socketx")
    assert caught.value.response.status_code == 404


# ends ------------------------------------------------------------------------------------------------------------


def test_the_clients_close_is_answered_with_its_code(
    raw: Callable[..., socket.socket], scratch: Service
) -> None:
    line = raw()
    line.sendall(frame(8, b"\x0f\xa0bye"))  # 4000
    assert rest(line) == b"\x88\x05\x0f\xa0bye"
    until(lambda: ends(scratch) == ["returned"])


def test_the_handlers_close_has_its_code_and_reason(dial: Open) -> None:
    with dial("/_socket/end/4001") as client, pytest.raises(ConnectionClosed) as caught:
        client.recv(timeout=20)
    assert caught.value.rcvd is not None
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (4001, "enough")


def test_a_handler_that_fails_closes_with_1011_and_tells_nothing(dial: Open) -> None:
    with dial("/_socket/fail") as client, pytest.raises(ConnectionClosed) as caught:
        client.recv(timeout=20)
    assert caught.value.rcvd is not None
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1011, "")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(1, b"x" * (BOUNDS.message + 1)), 1009),
        (frame(1, b"x" * 40_000, fin=False) + frame(0, b"x" * 40_000, fin=False), 1009),
        (frame(1, b"x", masked=False), 1002),
        (frame(1, b"x", rsv=0x40), 1002),
        (frame(3, b"x"), 1002),
        (frame(0, b"x"), 1002),
        (frame(1, b"x", fin=False) + frame(1, b"y"), 1002),
        (frame(9, b"x" * 126), 1002),
        (frame(9, b"x", fin=False), 1002),
        (frame(8, b"\x03\xed"), 1002),
        (frame(8, b"x"), 1002),
        (frame(1, b"\xff\xfe"), 1007),
    ],
    ids=[
        "long",
        "long in parts",
        "unmasked",
        "rsv",
        "opcode",
        "loose",
        "mixed",
        "ping",
        "ping2",
        "1005",
        "1",
        "utf8",
    ],
)
def test_what_the_protocol_forbids_ends_the_socket(
    raw: Callable[..., socket.socket], scratch: Service, sent: bytes, code: int
) -> None:
    line = raw()
    line.sendall(sent)
    line.shutdown(socket.SHUT_WR)
    assert close_code(rest(line)) == code
    until(lambda: ends(scratch) == ["returned"])


def test_a_client_that_goes_without_a_word_ends_the_handler(
    raw: Callable[..., socket.socket], scratch: Service, served: SiteServer
) -> None:
    raw().close()
    until(lambda: ends(scratch) == ["returned"])
    raw("/_socket/deaf").shutdown(socket.SHUT_WR)  # half-closed: no close frame can come any more
    until(lambda: "CancelledError" in ends(scratch))
    until(lambda: not served.http.connections)


# bounds ----------------------------------------------------------------------------------------------------------


def test_a_site_has_so_many_sockets_and_no_more(dial: Open, served: SiteServer) -> None:
    clients = [dial() for _ in range(BOUNDS.sockets)]
    with pytest.raises(InvalidStatus) as caught:
        dial()
    assert caught.value.response.status_code == 503
    clients[0].close()
    until(lambda: len(served.http.connections) < BOUNDS.sockets)
    assert dial().ping().wait(20)


def test_a_client_that_takes_nothing_makes_the_handler_wait(
    raw: Callable[..., socket.socket], scratch: Service, served: SiteServer
) -> None:
    line = raw("/_socket/flood")

    def held() -> int:
        return sum(one._transport.get_write_buffer_size() for one in served.http.connections)

    until(lambda: held() > 0)
    assert held() < 1 << 20
    served.judge(after=0)
    served.judge(after=700)  # ten minutes later it has still taken nothing
    until(lambda: ends(scratch) == ["returned"])
    line.close()


def test_a_handler_that_takes_nothing_makes_the_client_wait(raw: Callable[..., socket.socket]) -> None:
    line = raw("/_socket/deaf")
    line.settimeout(1.0)
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < 64 << 20:
            sent += line.send(frame(2, b"x" * 32_000) * 8)
    assert 0 < sent < 64 << 20


def test_a_flood_of_empty_frames_holds_nothing_up(raw: Callable[..., socket.socket]) -> None:
    line = raw()
    line.sendall(frame(1, b"a", fin=False) + frame(0, b"", fin=False) * 20_000 + frame(0, b"z"))
    assert exactly(line, b"\x81\x02az")


def test_a_silent_socket_is_pinged_and_ended_when_nobody_answers(
    raw: Callable[..., socket.socket], served: SiteServer, scratch: Service
) -> None:
    line = raw()
    served.judge(after=BOUNDS.ping + 1)
    assert line.recv(2) == b"\x89\x00"
    line.sendall(frame(10, b"") + frame(1, b"here"))
    assert line.recv(6) == b"\x81\x04here"
    served.judge(after=BOUNDS.ping + 1)
    assert line.recv(2) == b"\x89\x00"
    served.judge(after=BOUNDS.ping + 1)
    assert rest(line) == b""
    until(lambda: ends(scratch) == ["returned"])


def test_a_socket_on_which_nothing_is_said_is_closed(
    dial: Open, served: SiteServer, scratch: Service
) -> None:
    with_bounds(scratch, "Sockets", lambda bounds: replace(bounds, idle=20.0))
    with dial() as client:
        served.judge(after=21)
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(timeout=20)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1001


def test_sockets_end_when_the_server_stops(dial: Open, served: SiteServer, scratch: Service) -> None:
    clients = [dial(), dial("/_socket/deaf")]
    served.stop(grace=8)
    for client in clients:
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(timeout=20)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1001
    assert sorted(ends(scratch)) == ["CancelledError", "returned"]
    assert not served.http.connections
