"""The HTTP/1.1 interface of a model: /ping, /invocations, /execution-parameters. Knows no framework.

Used on AWS, and by all callers without the mux socket. Source: AWS developer guide "Use your own inference
code with hosting services"; contracts, section 9.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from clary_programs.serving.api import Answer, Handler, Invocation
from clary_programs.serving.calls import answer_all, answer_path

DEFAULT_PORT = 8080
MAX_BODY_BYTES = 1 << 30
IDLE_SECONDS = 300


def port_of(environ: Mapping[str, str]) -> int:
    """SAGEMAKER_BIND_TO_PORT, which a multi-container model sets; 8080 without it."""
    return int(environ.get("SAGEMAKER_BIND_TO_PORT") or DEFAULT_PORT)


def address_of(environ: Mapping[str, str]) -> str:
    """Loopback, except in a container of one's own, which SageMaker calls from outside."""
    contained = os.getpid() == 1 or any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv"))
    return environ.get("SAGEMAKER_BIND_ADDRESS") or ("0.0.0.0" if contained else "127.0.0.1")


def serve(handler: Handler, environ: Mapping[str, str]) -> None:
    """Serve until SIGTERM."""
    server = make_server(handler, address_of(environ), port_of(environ))
    if threading.current_thread() is threading.main_thread():
        # `shutdown` waits for the loop, which runs in this very thread.
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()


def make_server(handler: Handler, address: str, port: int) -> ThreadingHTTPServer:
    """Return a listening server; port 0 takes a free one (`server.server_port`)."""
    turns = threading.Semaphore(_turns(handler))

    class Exchange(ModelExchange):
        pass

    Exchange.handler, Exchange.turns = handler, turns
    server = ThreadingHTTPServer((address, port), Exchange)
    server.daemon_threads = True
    return server


def _turns(handler: Handler) -> int:
    return max(1, int(getattr(handler, "workers", 1))) if getattr(handler, "blocking", False) else 1


class ModelExchange(BaseHTTPRequestHandler):
    """One connection: requests in, answers out."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1
    handler: Handler
    turns: threading.Semaphore

    def do_GET(self) -> None:
        if self.path in ("/ping", "/execution-parameters"):
            self._send(answer_path(self.handler, self.path))
        else:
            self._send(Answer(b"", 404, "text/plain"))

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        if self.path != "/invocations":
            self._send(Answer(b"", 404, "text/plain"))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        invocation = Invocation(body, headers.get("content-type", ""), headers.get("accept", ""), headers)
        with self.turns:
            (answer,) = answer_all(self.handler, [invocation])
        self._send(answer)

    def _body(self) -> bytes | None:
        """Return the whole body, chunked or counted; None after answering that it cannot be taken."""
        try:
            if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
                return self._chunks()
            length = int(self.headers.get("Content-Length") or 0)
            if 0 <= length <= MAX_BODY_BYTES:
                return self.rfile.read(length)
            self._refuse(413)
        except ValueError:
            self._refuse(400)
        return None

    def _chunks(self) -> bytes:
        parts, total = [], 0
        while size := int(self.rfile.readline(64).split(b";")[0], 16):
            total += size
            if size < 0 or total > MAX_BODY_BYTES:
                raise ValueError("a body beyond the limit")
            parts.append(self.rfile.read(size))
            self.rfile.readline(8)
        while self.rfile.readline(1 << 16).strip():
            pass
        return b"".join(parts)

    def _refuse(self, status: int) -> None:
        self.close_connection = True
        self._send(Answer(b"", status, "text/plain"))

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if isinstance(answer.body, bytes):
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
        else:
            self._stream(answer)

    def _stream(self, answer: Answer) -> None:
        """Send a body in chunks. If it breaks, leave out the last chunk, so that the reader notices."""
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for part in answer.body:
                if part:
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
                    self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
        except Exception as error:
            print(f"the stream broke: {error!r}", file=sys.stderr, flush=True)
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Quiet: what a request meant is in the model's own log."""
