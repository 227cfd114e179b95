"""One HTTP exchange as values. Knows no server and no protocol."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass, field


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
    """A stretch of a file as a response body, so that a server may use sendfile. Bytes."""

    path: str
    start: int
    length: int


@dataclass(slots=True)
class Response:
    """A response; `headers` as pairs, since some may repeat. `content-length` is added by the server when the
    body is bytes or a FileSpan."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | FileSpan | AsyncIterator[bytes] = b""
