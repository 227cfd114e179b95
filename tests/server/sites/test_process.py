"""What becomes of sockets when the gateway's process is told to stop, or is killed. Architecture, "Processes"."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support.live import free_port, short_folder
from tests.support.waiting import until

pytestmark = pytest.mark.slow

_GRACE = 8.0  # server/gateway_process.py


class Gateway:
    """A gateway's process with the scratch sites."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        words = [sys.executable, "-m", "tests.server.sites.serving", str(folder / "home"), str(self.port)]
        env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CLARY_"))}
        self.process = subprocess.Popen(words, env=env)
        until(self._healthy)

    def _healthy(self) -> bool:
        assert self.process.poll() is None, "the gateway has ended"
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/_clary/health").status_code == 200
        except httpx.TransportError:
            return False

    def end(self, number: int) -> float:
        """Send a signal, and return how long the process took to end."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(30)
        return time.monotonic() - began


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    folder = short_folder()
    gateway = Gateway(folder)
    yield gateway
    gateway.process.kill()
    gateway.process.wait()
    shutil.rmtree(folder, ignore_errors=True)


def test_sockets_end_with_term_within_the_grace(gateway: Gateway) -> None:
    """The second is one whose handler hears nothing, the third a client that has stopped reading."""
    url = f"ws://127.0.0.1:{gateway.port}/_socket"
    with connect(url) as first, connect(url + "/deaf") as second, connect(url + "/flood") as third:
        first.send("hello")
        assert first.recv(timeout=20) == "hello"
        took = gateway.end(signal.SIGTERM)
        assert (gateway.process.returncode, took < _GRACE) == (0, True), took
        for client in (first, second):
            with pytest.raises(ConnectionClosed) as caught:
                client.recv(timeout=20)
            assert caught.value.rcvd is not None
            assert caught.value.rcvd.code == 1001
        third.socket.close()


def test_a_kill_is_no_close(gateway: Gateway) -> None:
    with connect(f"ws://127.0.0.1:{gateway.port}/_socket") as client:
        gateway.end(signal.SIGKILL)
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(timeout=20)
        assert caught.value.rcvd is None  # 1006, RFC 6455, 7.1.5
