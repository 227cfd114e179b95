"""One HTTP exchange as values. Knows no server and no protocol."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from io import FileIO
from typing import Protocol

Buffer = bytes | bytearray | memoryview


@dataclass(slots=True)
class Request:
    """A request as it came over the wire.

    `path` is the raw, still percent-encoded path; `query` the raw query string without `?`; header names are
    lower-case and repeated headers joined by `,`. `body` is whole for ordinary operations and an iterator of
    parts for those with a streaming payload. `client` is the address that the request came from, where one is known.
    `when_gone` is called when the client goes away before it is answered; a handler that waits for long sets it.
    """

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | AsyncIterable[bytes] = b""
    scheme: str = "http"
    client: str | None = None
    when_gone: Callable[[], None] | None = None


@dataclass(slots=True)
class FileSpan:
    """A stretch of a file as a response body, so that a server may use sendfile. Bytes.

    `file` is there once it was opened, which is tried while the response can still be another one.
    """

    path: str
    start: int
    length: int
    file: FileIO | None = field(default=None, compare=False)

    def open(self) -> None:
        """Open the file, for the one reader of this span, who closes it. Raise OSError."""
        self.file = FileIO(self.path)


class Duplex(Protocol):
    """A connection of which both directions are bytes, after a client and a server have agreed on another protocol."""

    async def read(self) -> bytes:
        """Return what came next, empty at the end: the client has ended its side, has gone, or the server stops."""
        ...

    async def write(self, data: bytes) -> None:
        """Send bytes, and wait until the client takes more. Raise ConnectionError where it has gone."""
        ...


@dataclass(slots=True)
class Switch:
    """The body of a 101: what speaks on the connection from then on. It is closed when `speak` returns. `end` is called
    after that, and where the client has gone before."""

    speak: Callable[[Duplex], Awaitable[None]]
    idle: float = 600.0  # seconds without a byte in either direction, after which the connection is ended
    end: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Response:
    """A response; `headers` as pairs, since some may repeat. `content-length` is added by the server when the
    body is bytes or a FileSpan. A part of a stream may be a buffer that is used again for the next part.
    A Switch is for a 101, in answer to a request with an Upgrade."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | FileSpan | AsyncIterator[Buffer] | Switch = b""
