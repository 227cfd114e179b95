"""A home as a running platform leaves it, without a platform: this test's own process stands for the gateway."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from clary.cli.home import Home

ACCOUNT = "111122223333"


class _Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/_clary/health" else 404)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def health() -> Iterator[str]:
    """The address of something that is healthy."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Health)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that a platform founded and left."""
    path = tmp_path / "home's"  # a quote, as paths may have
    (path / "run").mkdir(parents=True, mode=0o700)
    path.chmod(0o700)
    identity = {
        "account": ACCOUNT,
        "access_key_id": "AKIAEXAMPLE000000000",
        "secret_access_key": "it's/se\\cret",
    }
    (path / "identity.json").write_text(json.dumps(identity))
    (path / "identity.json").chmod(0o600)
    (path / "sealing-key").write_text("0" * 64)
    (path / "sealing-key").chmod(0o600)
    (path / "proxy.key").write_bytes(bytes(range(32)))
    (path / "proxy.key").chmod(0o600)
    return Home(path)


@pytest.fixture
def running(home: Home, health: str) -> Home:
    """The same home with a gateway that is alive and healthy."""
    folder = home.path.stat()
    alive = {
        "pid": os.getpid(),
        "started": started(os.getpid()),
        "home": f"{folder.st_dev}:{folder.st_ino}",
    }
    (home.path / "run/gateway.json").write_text(json.dumps(alive))
    (home.path / "run/address.json").write_text(json.dumps({"endpoint": health, "pid": os.getpid()}))
    return home


def started(pid: int) -> int:
    """Field 22 of /proc/PID/stat (proc(5))."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
