"""The container's side of a bridge: invocations from the worker socket, asked over HTTP of the server in the container.

A thread for each invocation; connections to the container are kept and used again. Knows no namespace.
Source: "Use Your Own Inference Code with Hosting Services" (SageMaker developer guide): /ping and /invocations.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading

from . import mux_frames as mux

_PING_SECONDS = 2.0
_ANSWER_SECONDS = 3600.0  # the longest that batch transform waits; the platform cancels earlier
_WHOLE = 16 << 20  # bytes of an answer that are sent in one frame
_CHUNK = 1 << 16
_AT_ONCE = 256
_SHOWN = ("content-type", "x-amzn-sagemaker-")  # the headers of an answer that SageMaker passes on


class Server:
    """The HTTP server of a container on a port of the loopback address."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()

    def is_healthy(self) -> bool:
        """Return whether /ping is answered with 200 in two seconds."""
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_PING_SECONDS)
        try:
            line.request("GET", "/ping")
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    def take(self) -> tuple[http.client.HTTPConnection, bool]:
        """Return a connection, and whether it was used before."""
        with self._lock:
            if self._idle:
                return self._idle.pop(), True
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=_ANSWER_SECONDS), False

    def give_back(self, line: http.client.HTTPConnection) -> None:
        """Keep a connection whose answer was read to its end, unless the server closed it."""
        with self._lock:
            if line.sock is not None and len(self._idle) < _AT_ONCE:
                self._idle.append(line)


class Line:
    """One connection of the platform to the worker socket. `calls` makes the calls of its requests."""

    def __init__(self, platform: socket.socket, server: Server, calls: Calls) -> None:
        self._platform = platform
        self._server = server
        self._make_call = calls
        self._writing = threading.Lock()
        self._free = threading.BoundedSemaphore(_AT_ONCE)
        self._calls: dict[int, Call] = {}

    def serve(self) -> None:
        """Answer until the platform hangs up."""
        try:
            with contextlib.suppress(mux.Closed):
                while True:
                    self._take(*mux.read(self._platform))
        finally:  # also without the memory for a request, or for another thread
            for call in list(self._calls.values()):
                call.cancel()
            self._platform.close()

    def _take(self, stream: int, kind: int, payload: bytes) -> None:
        if kind == mux.PING:
            self._ping(stream)
        elif kind == mux.CANCEL and stream in self._calls:
            self._calls[stream].cancel()
        elif kind == mux.REQUEST:
            call = self._make_call(stream, *mux.request(payload))
            self._free.acquire()
            self._calls[stream] = call
            threading.Thread(target=self._answer, args=(call,), daemon=True).start()

    def _ping(self, stream: int) -> None:
        """Answer a ping when the container does; hang up where it does not, and nothing else is under way."""
        if self._server.is_healthy():
            self.send(mux.frame(stream, mux.PING))
        elif not self._calls:
            raise mux.Closed

    def _answer(self, call: Call) -> None:
        try:
            call.ask(self._server, self.send)
        finally:
            self._calls.pop(call.stream, None)
            self._free.release()

    def send(self, frame: bytes) -> None:
        with self._writing, contextlib.suppress(OSError):
            self._platform.sendall(frame)


class Call:
    """One invocation."""

    def __init__(self, stream: int, headers: dict[str, str], body: bytes) -> None:
        self.stream = stream
        self._path = headers.pop(":path", "/invocations")
        self._method = headers.pop(":method", "GET" if self._path == "/execution-parameters" else "POST")
        self._headers = headers
        self._body = body
        self._line: http.client.HTTPConnection | None = None
        self._cancelled = False

    def cancel(self) -> None:
        """End it, because nothing waits for its answer."""
        self._cancelled = True
        line = self._line
        if line is not None and line.sock is not None:
            with contextlib.suppress(OSError):
                line.sock.shutdown(socket.SHUT_RDWR)

    def ask(self, server: Server, send: Send) -> None:
        """Ask the container, and send what it answers."""
        begun = False
        try:
            answer = self._response(server)
            begun = self._pass_on(answer, send)
            if self._line is not None and not answer.will_close and not self._cancelled:
                server.give_back(self._line)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._fail(error, begun, send)

    def _response(self, server: Server) -> http.client.HTTPResponse:
        """Return the beginning of an answer. A connection that the server has closed meanwhile is followed by a new one."""
        while True:
            self._line, used = server.take()
            try:
                self._line.request(self._method, self._path, self._body or None, self._headers)
                return self._line.getresponse()
            except (ConnectionError, http.client.RemoteDisconnected):
                self._line.close()
                if not used or self._cancelled:
                    raise

    def _pass_on(self, answer: http.client.HTTPResponse, send: Send) -> bool:
        """Send an answer whole where its length is known and small, else as it comes. Return whether it is a stream."""
        shown = {
            name.lower(): value for name, value in answer.getheaders() if name.lower().startswith(_SHOWN)
        }
        if answer.length is not None and answer.length <= _WHOLE:
            wanted = answer.length
            body = answer.read()
            if len(body) < wanted:
                raise http.client.IncompleteRead(body)
            send(mux.answer(self.stream, mux.RESPONSE, answer.status, shown, body))
            return False
        send(mux.answer(self.stream, mux.HEAD, answer.status, shown))
        try:
            while piece := answer.read1(_CHUNK):
                send(mux.frame(self.stream, mux.CHUNK, piece))
            said = b""
        except (OSError, http.client.HTTPException) as error:
            said = f"the container broke off: {error}".encode()
        send(mux.frame(self.stream, mux.END, said))
        return True

    def _fail(self, error: Exception, begun: bool, send: Send) -> None:
        if not begun and not self._cancelled:
            text = f"The container did not answer: {error or type(error).__name__}".encode()
            self.say(502, {"content-type": "text/plain"}, text, send)
        self._hang_up()

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()

    def say(self, status: int, headers: dict[str, str], body: bytes, send: Send) -> None:
        """Send a whole answer that is not the container's."""
        send(mux.answer(self.stream, mux.RESPONSE, status, headers, body))


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Send = Callable[[bytes], None]
    Calls = Callable[[int, dict[str, str], bytes], "Call"]
