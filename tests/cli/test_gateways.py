"""`clary up --gateways 2`: two processes answer on one port, as one platform does."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from clary.cli import lifecycle
from clary.cli.home import Home
from clary.cli.local_api import ask

_NAMES = ("gateway", "gateway-2")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("platform") / "home")
    words = ["up", "--detach", "--port", "0", "--gateways", "2", "--home", str(home.path)]
    done = subprocess.run(
        [sys.executable, "-m", "clary.cli.main", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    yield home
    lifecycle.stop(home)
    assert home.processes() == {}


def _port(home: Home) -> int:
    return int(home.running().rpartition(":")[2])


def _holders(home: Home) -> dict[int, str]:
    """Return which gateway has the connection from each port of this process."""
    inodes: dict[str, int] = {}  # of the platform's end, with the client's port
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].split(":")[1], 16) == _port(home):
            inodes[f"socket:[{fields[9]}]"] = int(fields[2].split(":")[1], 16)
    found = {}
    for name in _NAMES:
        process = home.process(name)
        for link in Path(f"/proc/{process.pid}/fd").iterdir() if process else ():
            if link.is_symlink() and (target := _target(link)) in inodes:
                found[inodes[target]] = name
    return found


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except FileNotFoundError:
        return ""


@contextmanager
def _each(home: Home) -> Iterator[dict[str, HTTPConnection]]:
    """Give one open connection to each gateway. The kernel deals them out by their ports."""
    with ExitStack() as stack:
        found: dict[str, HTTPConnection] = {}
        end = time.monotonic() + 30
        while len(found) < len(_NAMES):
            assert time.monotonic() < end, f"only {list(found)} took connections"
            client = HTTPConnection("127.0.0.1", _port(home), timeout=10)
            stack.callback(client.close)
            assert _get(client)["status"] == "ok"
            assert isinstance(client.sock, socket.socket)
            holder = _holders(home).get(client.sock.getsockname()[1])
            if holder is not None:
                found.setdefault(holder, client)
        yield found


def _get(client: HTTPConnection, path: str = "/_clary/health") -> Any:

    client.request("GET", path)
    return json.loads(client.getresponse().read())


def _s3(home: Home) -> Any:
    identity = home.identity()
    return boto3.client(
        "s3",
        endpoint_url=home.running(),
        region_name="us-east-1",
        aws_access_key_id=identity.access_key_id,
        aws_secret_access_key=identity.secret_access_key,
        config=Config(max_pool_connections=1, retries={"max_attempts": 5, "mode": "standard"}),
    )


def test_both_answer_and_status_names_them(home: Home) -> None:
    assert list(home.processes()) == ["warden", "gateway", "gateway-2", "controllers"]
    with _each(home) as clients:
        assert {_get(client)["status"] for client in clients.values()} == {"ok"}


def test_what_is_written_through_one_is_read_through_all(home: Home) -> None:
    writer = _s3(home)
    writer.create_bucket(Bucket="shared")
    clients = [_s3(home) for _ in range(12)]
    for number, client in enumerate(clients):
        client.put_object(Bucket="shared", Key="k", Body=str(number).encode())
        read = {one.get_object(Bucket="shared", Key="k")["Body"].read() for one in clients}
        assert read == {str(number).encode()}


def test_business_time_moves_for_all(home: Home) -> None:
    identity = home.identity()
    moved = ask(home.running(), identity, "POST", "/_clary/clock", {"by": 86_400})
    days: set[int] = set()
    end = time.monotonic() + 20
    ahead = int(moved["ahead_seconds"])
    while days != {ahead}:
        assert time.monotonic() < end, f"one of them is still at {days}"
        days = {ask(home.running(), identity, "GET", "/_clary/clock")["ahead_seconds"] for _ in range(12)}


def test_one_that_is_killed_comes_again_and_the_other_goes_on(home: Home) -> None:
    with _each(home) as clients:
        process = home.process("gateway-2")
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        assert _get(clients["gateway"])["status"] == "ok"
    end = time.monotonic() + 30
    while (again := home.process("gateway-2")) is None or again.pid == process.pid:
        assert time.monotonic() < end
    with _each(home) as clients:
        assert set(clients) == set(_NAMES)


@pytest.mark.parametrize("count", ["0", "65", "two", "-1"])
def test_a_number_that_cannot_be_is_refused(tmp_path: Path, count: str) -> None:
    words = ["up", "--port", "0", f"--gateways={count}", "--home", str(tmp_path / "home")]
    done = subprocess.run(
        [sys.executable, "-m", "clary.cli.main", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "is not a number from 1 to 64" in done.stderr
    assert not (tmp_path / "home").exists()
