"""The worker's end of the mux socket: one loop reads and writes, models answer everything that one read brought.

Knows frames and handlers; knows no framework and no HTTP. The socket appears under its name only when the model is
loaded, by bind-then-rename, so that its being there means it answers.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from clary_programs.serving import mux
from clary_programs.serving.api import Handler, Invocation
from clary_programs.serving.calls import Calls, Sink, parse_head
from clary_programs.serving.mux import FrameError, Frames, Kind
from clary_programs.serving.sun_path import reachable

READ_BYTES = 1 << 18
BACKLOG = 512
# A stream whose reader is this far behind waits for it.
STREAM_BUFFER_BYTES = 4 << 20
STOP_PATIENCE_SECONDS = 25.0


class Connection:
    """One client of the socket: bytes in, frames out. Frames may be sent from any thread."""

    def __init__(self, sock: socket.socket, wake: Callable[[Connection], None]) -> None:
        self.sock, self.frames = sock, Frames()
        self.closed = False
        self._wake = wake
        self._pending: deque[bytes | memoryview] = deque()
        self._pending_bytes = 0
        self._room = threading.Condition()
        self.cancelled: set[int] = set()
        self.open_streams: set[int] = set()

    def send(self, data: bytes) -> None:
        """Send now what the kernel takes, keep the rest; never blocks."""
        with self._room:
            if self.closed:
                return
            if not self._pending:
                data = self._send_now(data)
            if data:
                self._pending.append(data)
                self._pending_bytes += len(data)
        if data:
            self._wake(self)

    def _send_now(self, data: bytes | memoryview) -> bytes | memoryview:
        """Return what the kernel would not take; a view, for a large answer goes out in many pieces."""
        try:
            sent = self.sock.send(data)
        except BlockingIOError:
            return data
        except OSError:
            self.closed = True
            return b""
        return memoryview(data)[sent:] if sent < len(data) else b""

    def flush(self) -> bool:
        """Send what is pending; True when nothing is left."""
        with self._room:
            while self._pending and not self.closed:
                data = self._pending.popleft()
                self._pending_bytes -= len(data)
                rest = self._send_now(data)
                if rest:
                    self._pending.appendleft(rest)
                    self._pending_bytes += len(rest)
                    break
            self._room.notify_all()
            return not self._pending

    @property
    def busy(self) -> bool:
        """Whether an answer is still being made or sent."""
        return bool(self.open_streams or self._pending) and not self.closed

    def wait_for_room(self) -> None:
        """Block (a stream's thread, never the loop) until the reader has caught up or is gone."""
        with self._room:
            self._room.wait_for(lambda: self.closed or self._pending_bytes < STREAM_BUFFER_BYTES)

    def close(self) -> None:
        with self._room:
            self.closed = True
            self._pending.clear()
            self._room.notify_all()
        with suppress(OSError):
            self.sock.close()


class StreamSink(Sink):
    """Where the answer to one request goes."""

    __slots__ = ("connection", "stream")

    def __init__(self, connection: Connection, stream: int) -> None:
        self.connection, self.stream = connection, stream

    def whole(self, status: int, head: bytes, body: bytes) -> None:
        if not self._forget():
            self.connection.send(mux.response(self.stream, Kind.RESPONSE, status, head, body))

    def start(self, status: int, head: bytes) -> None:
        self.connection.send(mux.response(self.stream, Kind.HEAD, status, head))

    def part(self, data: bytes) -> None:
        self.connection.wait_for_room()
        self.connection.send(mux.frame(self.stream, Kind.CHUNK, data))

    def end(self, error: str) -> None:
        if not self._forget():
            self.connection.send(mux.frame(self.stream, Kind.END, error.encode("utf-8", "replace")))

    @property
    def gone(self) -> bool:
        return self.connection.closed or self.stream in self.connection.cancelled

    def _forget(self) -> bool:
        """Forget the stream; return whether its reader has given up."""
        gone = self.gone
        self.connection.open_streams.discard(self.stream)
        self.connection.cancelled.discard(self.stream)
        return gone


class MuxServer:
    """Serves one handler on one unix socket until it is stopped."""

    def __init__(self, handler: Handler, path: Path) -> None:
        self._path = path
        self._calls = Calls(handler)
        self._selector = selectors.DefaultSelector()
        self._wake_in, self._wake_out = socket.socketpair()
        self._blocked: deque[Connection] = deque()
        self._batch: list[tuple[Sink, Invocation]] = []
        self._connections: set[Connection] = set()
        self._deadline: float | None = None

    def run(self) -> None:
        """Serve until SIGTERM (or `stop`), then finish what is under way and remove the socket."""
        listener = listen(self._path)
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._wake_in, selectors.EVENT_READ, self._woken)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda *_: self.stop())
        try:
            self._loop()
        finally:
            with suppress(OSError):
                self._path.unlink()
            listener.close()
            for connection in list(self._connections):
                connection.close()
            self._calls.close()

    def stop(self) -> None:
        """Ask the loop to end; callable from a signal handler and from any thread."""
        self._deadline = time.monotonic() + STOP_PATIENCE_SECONDS
        self._nudge()

    def _loop(self) -> None:
        select = self._selector.select
        while not self._finished():
            for key, _ in select(None if self._deadline is None else 0.1):
                key.data(key.fileobj)
            if self._batch:
                batch, self._batch = self._batch, []
                self._calls.submit(batch)

    def _finished(self) -> bool:
        if self._deadline is None:
            return False
        busy = any(connection.busy for connection in self._connections)
        return not busy or time.monotonic() > self._deadline

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            sock, _ = listener.accept()
            sock.setblocking(False)
            connection = Connection(sock, self._has_rest)
            self._connections.add(connection)
            self._selector.register(sock, selectors.EVENT_READ, lambda _: self._readable(connection))

    def _readable(self, connection: Connection) -> None:
        """Ready to be read, or (after a full buffer) to be written."""
        if connection.closed:
            self._drop(connection)
            return
        try:
            data = connection.sock.recv(READ_BYTES)
        except BlockingIOError:
            data = None
        except OSError:
            data = b""
        if data == b"":
            self._drop(connection)
            return
        try:
            for stream, kind, payload in connection.frames.feed(data) if data else ():
                self._frame(connection, stream, kind, payload)
        except FrameError:
            self._drop(connection)

    def _frame(self, connection: Connection, stream: int, kind: int, payload: bytes) -> None:
        if kind == Kind.REQUEST:
            head, body = mux.split_request(payload)
            connection.open_streams.add(stream)
            self._batch.append((StreamSink(connection, stream), parse_head(head, body)))
        elif kind == Kind.PING:
            connection.send(mux.frame(stream, Kind.PING))
        elif kind == Kind.CANCEL:
            if stream in connection.open_streams:
                connection.cancelled.add(stream)
        else:
            raise FrameError(f"a frame of kind {kind} to a worker")

    def _has_rest(self, connection: Connection) -> None:
        self._blocked.append(connection)
        self._nudge()

    def _nudge(self) -> None:
        # A full pipe means that a wake-up is already under way.
        with suppress(BlockingIOError):
            self._wake_out.send(b"\0")

    def _woken(self, wake: socket.socket) -> None:
        with suppress(BlockingIOError):
            wake.recv(4096)
        while self._blocked:
            self._watch(self._blocked.popleft())

    def _watch(self, connection: Connection) -> None:
        """Watch for room to write until nothing is pending."""
        if connection not in self._connections:
            return
        if connection.closed or connection.flush():
            self._selector.modify(connection.sock, selectors.EVENT_READ, lambda _: self._readable(connection))
            return

        def ready(_sock: object) -> None:
            self._watch(connection)
            self._readable(connection)

        self._selector.modify(connection.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, ready)

    def _drop(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.discard(connection)
            self._selector.unregister(connection.sock)
            connection.close()


def listen(path: Path) -> socket.socket:
    """Return a listening unix socket of mode 0600 that appears at `path` all at once, replacing a stale one."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        temporary = f".{path.name}.{os.getpid()}"
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        old = os.umask(0o177)
        try:
            listener.bind(reachable(path.parent / temporary, folder))
        finally:
            os.umask(old)
        listener.listen(BACKLOG)
        listener.setblocking(False)
        os.rename(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
    finally:
        os.close(folder)
    return listener
