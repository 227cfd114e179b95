"""CONNECT: nobody without the token, AWS's hosts answered by us under our own CA, all others passed through."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from clary.cli.home import Home as ClientHome
from clary.server.authority import Authority
from tests.support.live import Live, free_port, read_all

AWS_HOST = "sts.us-east-1.amazonaws.com:443"


def token(live: Live) -> str:
    return ClientHome(live.home.path).proxy_token()


def connect(
    live: Live, target: str, password: str | None, scheme: str = "Basic"
) -> tuple[socket.socket, bytes]:
    """A CONNECT, and the first of its answer."""
    line = socket.create_connection(("127.0.0.1", live.port), timeout=10)
    head = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"
    if password is not None:
        head += f"Proxy-Authorization: {scheme} {base64.b64encode(f'clary:{password}'.encode()).decode()}\r\n"
    line.sendall(head.encode("latin-1") + b"\r\n")
    return line, line.recv(4096)


@pytest.mark.parametrize("password", [None, "", "wrong", "0" * 64])
@pytest.mark.parametrize("target", [AWS_HOST, "127.0.0.1:22", "example.com:443"])
def test_without_the_token_nobody_is_connected(live: Live, target: str, password: str | None) -> None:
    line, answer = connect(live, target, password)
    with line:
        assert answer.startswith(b"HTTP/1.1 407 "), answer
        assert read_all(line) == b""  # and the connection ends


def test_the_token_counts_as_a_password_only(live: Live) -> None:
    line, answer = connect(live, AWS_HOST, token(live), scheme="Bearer")
    with line:
        assert answer.startswith(b"HTTP/1.1 407 ")


@pytest.mark.parametrize(
    "target", ["nowhere", "host:99999", ":443", "host:", "", "host:\xb2", "host:" + "1" * 5000]
)
def test_a_target_that_is_none_is_refused(live: Live, target: str) -> None:
    line, answer = connect(live, target, token(live))
    with line:
        assert answer.startswith(b"HTTP/1.1 4"), answer


def test_aws_hosts_are_answered_by_us_under_our_ca(live: Live) -> None:
    line, answer = connect(live, AWS_HOST, token(live))
    assert answer.startswith(b"HTTP/1.1 200 ")
    context = ssl.create_default_context(cafile=str(live.home.ca / "ca.pem"))
    with context.wrap_socket(line, server_hostname="sts.us-east-1.amazonaws.com") as secure:
        secure.sendall(b"POST / HTTP/1.1\r\nHost: sts.us-east-1.amazonaws.com\r\nContent-Length: 0\r\n\r\n")
        assert b"x-amz-request-id" in secure.recv(4096).lower()


def test_the_public_roots_do_not_vouch_for_us(live: Live) -> None:
    line, _ = connect(live, AWS_HOST, token(live))
    with line, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(line, server_hostname="sts.us-east-1.amazonaws.com")


def test_unmodified_boto3_through_the_proxy(live: Live) -> None:
    """What `clary run` sets: a client that knows nothing of us asks AWS, and we answer."""
    root = live.identity
    proxy = f"http://clary:{token(live)}@127.0.0.1:{live.port}"
    client = boto3.client(
        "sts",
        aws_access_key_id=root["access_key_id"],
        aws_secret_access_key=root["secret_access_key"],
        region_name="eu-central-1",
        verify=str(live.home.ca / "bundle.pem"),
        config=Config(proxies={"https": proxy}),
    )
    assert client.get_caller_identity()["Account"] == root["account"]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """Another TLS server on this machine, with a CA of its own; it answers `elsewhere` and closes."""
    authority = Authority(tmp_path / "other")
    context = authority.server_context()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), context.wrap_socket(line, server_side=True) as secure:
                secure.recv(1024)
                secure.sendall(b"elsewhere")

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1], tmp_path / "other" / "ca.pem"
    listener.close()


def test_other_hosts_are_passed_through_untouched(live: Live, elsewhere: tuple[int, Path]) -> None:
    port, ca = elsewhere
    line, answer = connect(live, f"localhost:{port}", token(live))
    assert answer.startswith(b"HTTP/1.1 200 ")
    with ssl.create_default_context(cafile=str(ca)).wrap_socket(line, server_hostname="localhost") as secure:
        secure.sendall(b"hello")
        assert read_all(secure) == b"elsewhere"


def test_a_host_that_is_not_there_is_a_bad_gateway(live: Live) -> None:
    line, answer = connect(live, f"127.0.0.1:{free_port()}", token(live))
    with line:
        assert answer.startswith(b"HTTP/1.1 502 ")


def test_a_head_without_end_is_cut_off(live: Live) -> None:
    answer = live.send(b"CONNECT x:1 HTTP/1.1\r\n" + b"X: y\r\n" * 5_000, seconds=5)
    assert b"200" not in answer
    assert live.healthy()
