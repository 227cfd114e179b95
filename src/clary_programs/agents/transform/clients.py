"""How a payload reaches the model server: over its mux socket, or by HTTP. Knows no payload.

One client serves one thread: it has one request under way at a time.
"""

from __future__ import annotations

import http.client
import json
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from clary_programs.agents.transform.errors import NoResponse
from clary_programs.serving import mux
from clary_programs.serving.mux import FrameError, Frames, Kind
from clary_programs.serving.sun_path import connect

READ_BYTES = 1 << 20
SEND_BUFFER_BYTES = 4 << 20
TOO_LARGE = f"an answer of more than {mux.MAX_FRAME} bytes"


class Line(socket.socket):
    """A connection whose answer has `timeout` seconds from `begin` on, however many pieces it comes in."""

    _end = float("inf")

    def begin(self, timeout: float) -> None:
        self._end = time.monotonic() + timeout
        self.settimeout(timeout)

    def recv_into(self, *args: object) -> int:
        self._pause()
        return super().recv_into(*args)

    def recv(self, *args: object) -> bytes:
        self._pause()
        return super().recv(*args)

    def _pause(self) -> None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self.settimeout(left)


class ModelClient(Protocol):
    """Asks the model server. Every method raises NoResponse where no whole answer comes within `timeout` seconds, or one
    that is larger than a frame of the worker socket may be."""

    def ping(self, timeout: float) -> None: ...
    def ask(self, path: str, body: bytes, headers: dict[str, str], timeout: float) -> tuple[int, bytes]: ...
    def close(self) -> None: ...


class MuxClient:
    """Over the unix socket, by the frames of `serving.mux`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sock: Line | None = None
        self._frames, self._ready = Frames(), []
        self._stream = 0

    def ping(self, timeout: float) -> None:
        self._exchange(lambda stream: mux.frame(stream, Kind.PING), timeout)

    def ask(self, path: str, body: bytes, headers: dict[str, str], timeout: float) -> tuple[int, bytes]:
        head = json.dumps({**headers, ":path": path} if path != "/invocations" else headers).encode()
        return self._exchange(lambda stream: mux.request(stream, head, body), timeout)

    def close(self) -> None:
        if self._sock is not None:
            with suppress(OSError):
                self._sock.close()
        self._sock, self._frames, self._ready = None, Frames(), []

    def _exchange(self, frame: object, timeout: float) -> tuple[int, bytes]:
        try:
            sock = self._connected(timeout)
            self._stream = (self._stream + 1) & 0xFFFFFFFF
            sock.sendall(frame(self._stream))
            return self._answer(sock)
        except (OSError, FrameError) as error:
            # What comes late must not be taken for the answer to the next request.
            self.close()
            raise NoResponse(str(error) or type(error).__name__) from error

    def _connected(self, timeout: float) -> Line:
        if self._sock is None:
            self._sock = Line(socket.AF_UNIX, socket.SOCK_STREAM)
            # Payloads are megabytes: fewer turns between the two ends.
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
            self._sock.settimeout(timeout)
            connect(self._sock, self._path)
        self._sock.begin(timeout)
        return self._sock

    def _answer(self, sock: Line) -> tuple[int, bytes]:
        """Return the whole answer, a streamed one put together."""
        status, parts, size = 200, [], 0
        while True:
            stream, kind, payload = self._next(sock)
            if stream != self._stream:
                continue
            if kind == Kind.PING:
                return 200, b""
            if kind == Kind.CHUNK:
                parts.append(payload)
                size += len(payload)
                if size > mux.MAX_FRAME:
                    raise FrameError(TOO_LARGE)
            elif kind == Kind.END:
                if payload:
                    raise FrameError(payload.decode("utf-8", "replace"))
                return status, b"".join(parts)
            else:
                status, _, body = mux.split_response(payload)
                if kind == Kind.RESPONSE:
                    return status, body

    def _next(self, sock: Line) -> tuple[int, int, bytes]:
        while not self._ready:
            data = sock.recv(READ_BYTES)
            if not data:
                raise ConnectionResetError("the model server closed the connection")
            self._ready = self._frames.feed(data)
        return self._ready.pop(0)


class HttpClient:
    """By HTTP/1.1 on loopback, for servers that know no socket."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: http.client.HTTPConnection | None = None

    def ping(self, timeout: float) -> None:
        status, _ = self.ask("/ping", b"", {}, timeout)
        if status != 200:
            raise NoResponse(f"/ping answered {status}")

    def ask(self, path: str, body: bytes, headers: dict[str, str], timeout: float) -> tuple[int, bytes]:
        try:
            connection = self._connected(timeout)
            method = "POST" if path == "/invocations" else "GET"
            connection.request(method, path, body if method == "POST" else None, headers)
            response = connection.getresponse()
            return response.status, _whole(response)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise NoResponse(str(error) or type(error).__name__) from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _connected(self, timeout: float) -> http.client.HTTPConnection:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=timeout)
            self._connection.connect()
            self._connection.sock = Line(fileno=self._connection.sock.detach())
            self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection.sock.begin(timeout)
        return self._connection


def _whole(response: http.client.HTTPResponse) -> bytes:
    parts, left = [], mux.MAX_FRAME
    while part := response.read(READ_BYTES):
        parts.append(part)
        left -= len(part)
        if left < 0:
            raise http.client.HTTPException(TOO_LARGE)
    return b"".join(parts)
