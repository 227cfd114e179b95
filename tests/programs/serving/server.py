"""A model server as a real process, and a plain client of its socket."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clary_programs.serving import mux
from clary_programs.serving.mux import Frames, Kind

SRC = Path(__file__).parents[3] / "src"


class Client:
    """Speaks frames over one connection."""

    def __init__(self, path: Path) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(str(path))
        self._frames, self._ready = Frames(), []

    def send(self, stream: int, body: bytes = b"", **headers: str) -> None:
        head = json.dumps({name.replace("_", "-"): value for name, value in headers.items()})
        self.sock.sendall(mux.request(stream, head.encode(), body))

    def frame(self) -> tuple[int, int, bytes]:
        while not self._ready:
            data = self.sock.recv(1 << 16)
            if not data:
                raise EOFError
            self._ready += self._frames.feed(data)
        return self._ready.pop(0)

    def answer(self) -> tuple[int, int, dict[str, str], bytes]:
        """(stream, status, headers, body) of the next whole response."""
        stream, kind, payload = self.frame()
        assert kind == Kind.RESPONSE, kind
        status, head, body = mux.split_response(payload)
        return stream, status, json.loads(head), body

    def ask(self, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        self.send(1, body, **headers)
        return self.answer()[1:]

    def path(self, path: str) -> tuple[int, bytes]:
        self.sock.sendall(mux.request(2, json.dumps({":path": path}).encode(), b""))
        _, status, _, body = self.answer()
        return status, body

    def ping(self) -> None:
        self.sock.sendall(mux.frame(77, Kind.PING))
        assert self.frame() == (77, Kind.PING, b"")

    def close(self) -> None:
        self.sock.close()


def variables(base: Path, **environ: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(SRC), "SAGEMAKER_BASE_DIR": str(base), **environ}


@contextmanager
def started(
    base: Path, framework: str = "python", **environ: str
) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """The serve program under `base`, until the block ends."""
    command = [sys.executable, "-m", "clary_programs.entry", framework, "serve"]
    path = base / "worker.sock"
    environ = variables(base, CLARY_WORKER_SOCKET=str(path), **environ)
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process, path
        finally:
            process.terminate()
            process.wait(timeout=30)


@contextmanager
def serving(base: Path, framework: str = "python", **environ: str) -> Iterator[Client]:
    """A client of a server that is ready."""
    with started(base, framework, **environ) as (process, path):
        wait_for(path, process)
        client = Client(path)
        try:
            yield client
        finally:
            client.close()


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline, "the socket never appeared"
        time.sleep(0.01)


def model(base: Path, code: str, name: str = "inference.py") -> Path:
    """A model folder whose user code is `code`."""
    folder = base / "model" / "code"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(code)
    return base
