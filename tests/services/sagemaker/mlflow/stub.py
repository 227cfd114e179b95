"""A program that stands for MLflow's server: on a Unix socket, with a registry of models and what was asked of it."""

from __future__ import annotations

import json
import os
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Stub:
    """Listens at `folder/mlflow.sock` until `close`. `seen` are (method, path, headers, body) of all but health checks."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "mlflow.sock"
        self.models: list[str] = []
        self.aliases: list[tuple[str, str, str]] = []  # model, alias, version
        self.versions: list[dict[str, Any]] = []
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.well = True
        self._server = ThreadingUnixStreamServer(str(self.path), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        os.unlink(self.path)

    def register(self, model: str, **more: Any) -> dict[str, Any]:
        """Add a version of a model, and the model where it is new."""
        if model not in self.models:
            self.models.append(model)
        number = sum(one["name"] == model for one in self.versions) + 1
        version = {
            "name": model,
            "version": str(number),
            "creation_timestamp": 1700000000000 + len(self.versions),
            "run_id": "abc",
            "tags": [],
            **more,
        }
        self.versions.append(version)
        return version

    def _model(self, name: str) -> dict[str, Any]:
        aliases = [{"alias": one[1], "version": one[2]} for one in self.aliases if one[0] == name]
        return {"name": name, **({"aliases": aliases} if aliases else {})}

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> tuple[int, Any]:
        rest = path.rpartition("/mlflow/")[2]
        match f"{method} {rest}":
            case "GET registered-models/search":
                return 200, {"registered_models": [self._model(name) for name in self.models]}
            case "GET model-versions/search":
                return 200, {"model_versions": self.versions}
            case "GET model-versions/get-download-uri":
                return 200, {"artifact_uri": f"s3://bucket/artifacts/{query['name'][0]}"}
            case "POST model-versions/set-tag":
                said = json.loads(body)
                version = next(
                    one
                    for one in self.versions
                    if (one["name"], one["version"]) == (said["name"], said["version"])
                )
                version["tags"].append({"key": said["key"], "value": said["value"]})
                return 200, {}
            case "POST registered-models/create":
                self.models.append(json.loads(body)["name"])
                return 200, {}
            case _:
                return 200, {"path": path}


def _handler(stub: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            parts = urlsplit(self.path)
            if parts.path == "/health":
                self._say(200 if stub.well else 500, b"OK")
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            stub.seen.append((self.command, self.path, headers, body))
            status, said = stub.answer(self.command, parts.path, parse_qs(parts.query), body)
            self._say(status, json.dumps(said).encode())

        do_GET = do_POST = do_PATCH = do_DELETE = _any

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def address_string(self) -> str:
            return "unix"

        def log_message(self, format: str, *args: Any) -> None:
            return

    return Handler
