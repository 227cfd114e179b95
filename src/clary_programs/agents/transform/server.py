"""The model server as a child of the agent: started, awaited, ended. Knows no payload."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from clary_programs.agents.transform.clients import HttpClient, ModelClient, MuxClient
from clary_programs.agents.transform.errors import NoResponse, TransformError
from clary_programs.serving.model_server import SOCKET_VARIABLE

STOP_SECONDS = 30
PING_SECONDS = 2.0


class ModelServer:
    """A running server and the way to make clients of it."""

    def __init__(self, command: list[str], environment: Mapping[str, str], port: int | None = None) -> None:
        """Start `command`. It may take the socket it is offered, or listen on `port` (default: a free one)."""
        self._folder = Path(tempfile.mkdtemp(prefix="transform-"))
        self._socket = self._folder / "model"
        self._port = port or free_port()
        variables = {
            **os.environ,
            **environment,
            SOCKET_VARIABLE: str(self._socket),
            "SAGEMAKER_BIND_TO_PORT": str(self._port),
        }
        try:
            self._process = subprocess.Popen(command, env=variables)
        except OSError as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise TransformError(f"cannot start the model server: {error}") from error
        self._connect: Callable[[], ModelClient] | None = None

    def wait_until_ready(self, patience: float) -> None:
        """Until a ping is answered. Raise NoResponse where the server ends or `patience` seconds pass."""
        deadline, wait = time.monotonic() + patience, 0.005
        while time.monotonic() < deadline:
            self.check()
            if self._answers():
                return
            time.sleep(wait)
            wait = min(wait * 1.5, 0.2)
        raise NoResponse(f"the model server did not pass the ping health check within {patience:.0f} seconds")

    def check(self) -> None:
        """Raise NoResponse where the process has ended."""
        code = self._process.poll()
        if code is not None:
            raise NoResponse(f"the model server ended with exit code {code}")

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def client(self) -> ModelClient:
        """Return a new client; only of a server that is ready."""
        return self._connect()

    def stop(self) -> None:
        """SIGTERM, then SIGKILL."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        """Return whether the socket or the port answers; the first that does is used from then on."""
        if self._socket.exists():
            return self._try(lambda: MuxClient(self._socket))
        return self._try(lambda: HttpClient(self._port))

    def _try(self, connect: Callable[[], ModelClient]) -> bool:
        client = connect()
        try:
            client.ping(PING_SECONDS)
        except NoResponse:
            return False
        finally:
            client.close()
        self._connect = connect
        return True


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
