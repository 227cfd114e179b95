"""Questions to an MLflow server, from the controllers: HTTP on its Unix socket, with a bound on time and size."""

from __future__ import annotations

import json
import os
import socket
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode

from clary.runs import mux
from clary.runs.api import RunState

SOCKET_NAME = "mlflow.sock"  # clary_programs/agents/mlflow
_LARGEST = 64 << 20
_PATIENCE = 30.0


class Refused(Exception):
    """The server answered with an error, or not at all."""


def socket_of(state: RunState) -> str:
    """Return the path of the socket of a run; '' before it has a folder for it."""
    folder = state.sockets.get("algo-1", "")
    return os.path.join(folder, SOCKET_NAME) if folder else ""


def answers(path: str) -> bool:
    """Return whether a server listens there and is well."""
    try:
        return bool(path) and _exchange(path, "GET", "/health", None, 2.0) == b"OK"
    except Refused:
        return False


def ask(path: str, operation: str, **params: Any) -> dict[str, Any]:
    """Return what `GET /api/2.0/mlflow/OPERATION` answers. Raise Refused."""
    query = urlencode({name: value for name, value in params.items() if value is not None})
    return _object(_exchange(path, "GET", f"/api/2.0/mlflow/{operation}?{query}", None, _PATIENCE))


def tell(path: str, operation: str, **params: Any) -> dict[str, Any]:
    """Return what `POST /api/2.0/mlflow/OPERATION` answers. Raise Refused."""
    body = json.dumps(params).encode()
    return _object(_exchange(path, "POST", f"/api/2.0/mlflow/{operation}", body, _PATIENCE))


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError as error:
        raise Refused("the answer is not JSON") from error
    return found if isinstance(found, dict) else {}


class _Connection(HTTPConnection):
    """HTTP on a socket whose name the program could have linked elsewhere (mux.address)."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        with mux.address(self._path) as name:
            self.sock.connect(name)


def _exchange(path: str, method: str, target: str, body: bytes | None, patience: float) -> bytes:
    connection = _Connection(path, patience)
    try:
        connection.request(method, target, body, {"content-type": "application/json"} if body else {})
        answer = connection.getresponse()
        data = answer.read(_LARGEST)
    except (OSError, HTTPException) as error:
        raise Refused(str(error)) from error
    finally:
        connection.close()
    if answer.status != 200:
        raise Refused(data[:500].decode(errors="replace"))
    return data
