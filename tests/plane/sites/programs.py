"""Programs such as a site passes visits on to: each in a thread, on a Unix socket or a port of the loopback."""

from __future__ import annotations

import contextlib
import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from websockets.sync.server import ServerConnection, serve


class _Echo(BaseHTTPRequestHandler):
    """Says what it was sent, as JSON; some paths misbehave."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self._body()
        path = self.path.partition("?")[0]
        if path.endswith("/slow"):
            self._parts()
        elif path.endswith("/broken"):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\nabc")
            self.close_connection = True
        elif path.endswith("/nonsense"):
            self.wfile.write(b"nonsense\r\n\r\n")
            self.close_connection = True
        elif path.endswith("/dead"):
            self.close_connection = True
        else:
            self._say(body)

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def _say(self, body: bytes) -> None:
        seen = {
            "method": self.command,
            "target": self.path,
            "headers": [(name.lower(), value) for name, value in self.headers.items()],
            "length": len(body),
        }
        data = json.dumps(seen).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        for header in (
            "Set-Cookie: a=1",
            "Set-Cookie: b=2",
            "Connection: keep-alive, X-Hop",
            "X-Hop: 1",
            "X-Own: é",
        ):
            self.send_header(*header.split(": ", 1))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _parts(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in (b"one", b"two"):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None: ...
    def address_string(self) -> str:
        return "test"


class _Unix(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class _Port(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True


@contextlib.contextmanager
def echo(path: Path | None = None) -> Iterator[int]:
    """Run the echo on a Unix socket, or on a port, which is given."""
    server = _Unix(str(path), _Echo) if path else _Port(("127.0.0.1", 0), _Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield 0 if path else server.server_address[1]  # type: ignore[misc]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def socket_echo() -> Iterator[int]:
    """Run a WebSocket echo; the port is given. Its first message says the path and the subprotocol."""

    def talk(connection: ServerConnection) -> None:
        assert connection.request is not None
        connection.send(f"{connection.request.path} {connection.subprotocol}")
        for message in connection:
            connection.send(message)

    with serve(talk, "127.0.0.1", 0, subprotocols=["jupyter"]) as server:  # type: ignore[list-item]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.socket.getsockname()[1]
        server.shutdown()
        thread.join()


def silent() -> socket.socket:
    """A port that takes connections and says nothing."""
    return socket.create_server(("127.0.0.1", 0))
