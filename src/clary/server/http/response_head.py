"""The head of an HTTP/1.1 response as bytes. Rejects text with line breaks."""

from __future__ import annotations

from http import HTTPStatus

from clary.wire import Buffer, Response

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CLOSING = b"connection: close\r\n"
_STATUS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}


def head_of(
    response: Response,
    length: int | None,
    last_words: bytes,
    head_only: bool,
    *,
    chunked: bool = False,
) -> bytes:
    """Return status line and headers. Raise ValueError for a header with a line break.

    `length`, the size of the body, replaces the response's own Content-Length, except for HEAD, which says
    what GET would send.
    """
    status, headers = response.status, response.headers
    own_length = length is not None and status not in (204, 304)
    if own_length or chunked:
        said = [name for name, _ in headers if len(name) == 14 and name.lower() == "content-length"]
        if said and head_only:
            own_length = False
        elif said:
            headers = [pair for pair in headers if pair[0].lower() != "content-length"]
    text = "".join([f"{name}: {value}\r\n" for name, value in headers])
    if text.count("\n") != len(headers) or text.count("\r") != len(headers) or "\0" in text:
        raise ValueError("a header holds a line break")
    framing = (
        f"content-length: {length}\r\n" if own_length else "transfer-encoding: chunked\r\n" if chunked else ""
    )
    start = _STATUS.get(status) or f"HTTP/1.1 {status} \r\n"
    return f"{start}{text}{framing}".encode("latin-1") + last_words + b"\r\n"


def chunk(data: Buffer) -> bytes:
    """Return a chunk of a body of unknown length (RFC 9112, 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def refusal(status: int) -> bytes:
    """Return the response to something that is not a valid request."""
    phrase = HTTPStatus(status).phrase
    lines = f"HTTP/1.1 {status} {phrase}\r\nconnection: close\r\ncontent-type: text/plain\r\n"
    return f"{lines}content-length: {len(phrase)}\r\n\r\n{phrase}".encode()
