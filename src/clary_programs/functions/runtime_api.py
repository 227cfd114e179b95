"""The Runtime API over HTTP/1.1, for runtimes that a function brings
(https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). A process beside the runtime, on a loopback port of which
only processes of the same sandbox are answered: the machine's other programs can reach the port as well.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from clary_programs.functions import python_runtime as rt

_ROOT = "/2018-06-01/runtime/"
_LARGEST = 64 << 20


def serve_beside(line: int) -> str:
    """Fork a process that serves the Runtime API from this line to the host. Return its address."""
    server = _Server(("127.0.0.1", 0), _Handler)
    if os.fork() == 0:
        try:
            server.line = rt.Line(socket.socket(fileno=line))
            server.serve_forever()
        finally:
            os._exit(0)
    address = f"127.0.0.1:{server.server_port}"
    server.socket.close()
    return address


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    line: rt.Line
    event: dict[str, Any] | None = None
    turn = threading.Lock()

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return _is_of_this_sandbox(client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Answer `invocation/next`: wait for an event."""
        if self.path != f"{_ROOT}invocation/next":
            self._say(404, {"errorType": "InvalidPath", "errorMessage": self.path})
            return
        with self.server.turn:
            if self.server.event is None:
                self.server.line.send(rt.NEXT)
                try:
                    head, body = self.server.line.receive()
                except EOFError:
                    os._exit(0)
                self.server.event = {"head": head, "body": body}
        self._event(self.server.event["head"], self.server.event["body"])

    def _event(self, head: dict[str, Any], body: bytes) -> None:
        self.send_response(200)
        for name, value in (
            ("Lambda-Runtime-Aws-Request-Id", head["request-id"]),
            ("Lambda-Runtime-Deadline-Ms", head["deadline-ms"]),
            ("Lambda-Runtime-Invoked-Function-Arn", head["arn"]),
            ("Lambda-Runtime-Trace-Id", head.get("trace-id", "")),
            ("Lambda-Runtime-Client-Context", head.get("client-context", "")),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
        ):
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """Take a response or an error."""
        body = self._body()
        if self.path == f"{_ROOT}init/error":
            self.server.line.send(rt.INIT_ERROR, None, body)
            self._say(202, {"status": "OK"})
            return
        words = self.path.removeprefix(f"{_ROOT}invocation/").split("/")
        event = self.server.event
        if event is None or len(words) != 2 or words[0] != event["head"]["request-id"]:
            self._say(400, {"errorType": "InvalidRequestID", "errorMessage": "Invalid request ID"})
            return
        self.server.event = None
        if words[1] == "response":
            self._respond(body)
        else:
            self.server.line.send(rt.ERROR, None, body)
        self._say(202, {"status": "OK"})

    def _respond(self, body: bytes) -> None:
        if self.headers.get("Lambda-Runtime-Function-Response-Mode") != "streaming":
            self.server.line.send(rt.RESULT, None, body)
            return
        self.server.line.send(rt.STREAM, {"content-type": self.headers.get("Content-Type", "")})
        if body:
            self.server.line.send(rt.CHUNK, None, body)
        for part in self._chunks():
            self.server.line.send(rt.CHUNK, None, part)
        self.server.line.send(rt.END, None, self._trailing_error())

    def _trailing_error(self) -> bytes:
        """Return the error that a streamed answer ended with, of its trailers."""
        return getattr(self, "trailer", b"")

    def _is_chunked(self) -> bool:
        return "chunked" in self.headers.get("Transfer-Encoding", "").lower()

    def _body(self) -> bytes:
        """Return a body, but for that of a streamed response, which is read part by part."""
        streamed = self.headers.get("Lambda-Runtime-Function-Response-Mode") == "streaming"
        if self._is_chunked():
            return b"" if streamed else b"".join(self._chunks())
        return self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _LARGEST))

    def _chunks(self) -> Any:
        if not self._is_chunked():
            return
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        error = b""
        while (line := self.rfile.readline().strip()) != b"":
            if line.lower().startswith(b"lambda-runtime-function-error-body:"):
                error = line.partition(b":")[2].strip()
        self.trailer = error

    def _say(self, status: int, said: dict[str, str]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _is_of_this_sandbox(client: tuple[str, int]) -> bool:
    """Tell whether a process that can be seen from here has the other end of a connection."""
    host, port = client
    wanted = f"{bytes(reversed(socket.inet_aton(host))).hex()}:{port:04X}".upper()
    rows = (line.split() for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:])
    inode = next((row[9] for row in rows if row[1].upper() == wanted), None)
    return inode is not None and any(
        _has(path, f"socket:[{inode}]") for path in Path("/proc").glob("[0-9]*/fd")
    )


def _has(folder: Path, what: str) -> bool:
    with contextlib.suppress(OSError):
        return any(os.readlink(entry.path) == what for entry in os.scandir(folder))
    return False
