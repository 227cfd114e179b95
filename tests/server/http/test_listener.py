"""The front door, in one process: by its first byte a connection is plain, TLS or CONNECT, and silence ends."""

from __future__ import annotations

import asyncio
import base64
import errno
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from clary.plane.outbound import Outbound
from clary.server.authority import Authority
from clary.server.http import listener
from clary.server.http.listener import Listener
from clary.server.proxy import Connect, Rights, read_connect
from tests.support.waiting import until

PASSWORDS = {"token": Rights.ADMINISTRATOR, "run": Rights.RUN}


async def judge(password: str) -> Rights:
    return PASSWORDS.get(password, Rights.NOTHING)


class Echo(asyncio.Protocol):
    """Answers every piece with what it was."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(b"echo " + data)  # type: ignore[attr-defined]


def with_front(folder: Path, work: Callable[[int, Authority], Awaitable[None]]) -> None:
    """Run something against a front that echoes."""

    async def run() -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        port, authority = listener.getsockname()[1], Authority(folder / "ca")
        door = Listener(listener, Echo, authority.server_context, judge, Outbound())
        door.open()
        try:
            await asyncio.wait_for(work(port, authority), 20)
        finally:
            door.close()

    asyncio.run(run())


def test_one_port_speaks_plain_and_tls(tmp_path: Path) -> None:
    async def work(port: int, authority: Authority) -> None:
        trust = ssl.create_default_context(cafile=str(authority.certificate_path))
        for options in ({}, {"ssl": trust, "server_hostname": "localhost"}):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, **options)
            writer.write(b"hello")
            assert await reader.read(100) == b"echo hello"
            writer.close()

    with_front(tmp_path, work)


def test_a_connection_that_says_nothing_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "_FIRST_BYTE_SECONDS", 0.2)

    async def work(port: int, _: Authority) -> None:
        for opening in (b"", b"C", b"CONNECT x:1 HTTP/1.1\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(opening)
            assert await asyncio.wait_for(reader.read(100), 5) == b""
            writer.close()

    with_front(tmp_path, work)


def test_a_slow_client_holds_up_nobody(tmp_path: Path) -> None:
    async def work(port: int, _: Authority) -> None:
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello")
        assert await asyncio.wait_for(reader.read(100), 5) == b"echo hello"
        for _, one in (*silent, (reader, writer)):
            one.close()

    with_front(tmp_path, work)


def test_without_file_descriptors_it_rests_and_accepts_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[float] = []

    class Listener(socket.socket):
        def accept(self) -> tuple[socket.socket, object]:
            tried.append(time.monotonic())
            if len(tried) == 1:
                raise OSError(errno.EMFILE, "Too many open files")
            return super().accept()

    async def work(port: int, _: Authority) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello")
        assert await reader.read(100) == b"echo hello"
        refused, accepted, _ = tried  # and then nobody else is waiting
        assert accepted - refused >= 0.05
        writer.close()

    def create(address: tuple[str, int]) -> socket.socket:
        listener = Listener()
        listener.bind(address)
        listener.listen()
        return listener

    monkeypatch.setattr(listener, "_REST_SECONDS", 0.05)
    monkeypatch.setattr(socket, "create_server", create)
    with_front(tmp_path, work)


async def connect(port: int, target: str, password: str) -> bytes:
    """What a CONNECT is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    secret = base64.b64encode(f"x:{password}".encode()).decode()
    writer.write(f"CONNECT {target} HTTP/1.1\r\nProxy-Authorization: Basic {secret}\r\n\r\n".encode())
    answer = await reader.read(100)
    writer.close()
    return answer.partition(b"\r\n")[0]


def test_a_host_that_does_not_exist_is_unreachable(tmp_path: Path) -> None:
    async def work(port: int, _: Authority) -> None:
        for password in ("token", "run"):
            assert b" 502 " in await connect(port, f"{'a' * 300}:80", password)

    with_front(tmp_path, work)


def test_a_run_reaches_nothing_that_is_private(tmp_path: Path) -> None:
    async def work(port: int, _: Authority) -> None:
        for host in (
            "127.0.0.1",
            "localhost",
            "0.0.0.0",
            "[::ffff:127.0.0.1]",
            "10.0.0.1",
            "169.254.169.254",
        ):
            assert b" 403 " in await connect(port, f"{host}:{port}", "run")
        assert b" 200 " in await connect(port, f"127.0.0.1:{port}", "token")
        assert b" 407 " in await connect(port, f"127.0.0.1:{port}", "other")

    with_front(tmp_path, work)


def test_a_run_reaches_awss_hosts(tmp_path: Path) -> None:
    async def work(port: int, _: Authority) -> None:
        for password, status in (("run", b" 200 "), ("token", b" 200 "), ("", b" 407 ")):
            assert status in await connect(port, "sts.us-east-1.amazonaws.com:443", password)

    with_front(tmp_path, work)


def test_a_closed_front_accepts_nobody(tmp_path: Path) -> None:
    ports: list[int] = []

    async def work(port: int, _: Authority) -> None:
        ports.append(port)

    with_front(tmp_path, work)
    until(lambda: refused(ports[0]))


def refused(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize(
    ("head", "target", "password"),
    [
        ("CONNECT Host:443 HTTP/1.1\r\nProxy-Authorization: Basic eDp0b2tlbg==", ("host", 443), "token"),
        ("CONNECT [::1]:443 HTTP/1.1\r\nproxy-authorization:basic eDp0b2tlbg==", ("::1", 443), "token"),
        ("CONNECT h:443 HTTP/1.1", ("h", 443), ""),
        ("CONNECT h:443 HTTP/1.1\r\nProxy-Authorization: Basic %%%", ("h", 443), ""),
        ("CONNECT h:443 HTTP/1.1\r\nProxy-Authorization: Basic", ("h", 443), ""),
        ("CONNECT h:443 HTTP/1.1\r\nProxy-Authorization: Bearer eDp0b2tlbg==", ("h", 443), ""),
        ("CONNECT h:443 HTTP/1.1\r\nAuthorization: Basic eDp0b2tlbg==", ("h", 443), ""),
        ("CONNECT h HTTP/1.1", None, ""),
        ("CONNECT h:65536 HTTP/1.1", None, ""),
        ("CHECKOUT h:443 HTTP/1.1", None, ""),
    ],
)
def test_what_a_connect_says(head: str, target: tuple[str, int] | None, password: str) -> None:
    assert read_connect(f"{head}\r\n\r\n".encode()) == Connect(target, password)
