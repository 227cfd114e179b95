"""How many bytes the bodies of a request and its answer have. Knows no bucket."""

from __future__ import annotations

from clary.wire import FileSpan, Request, Response


def sent(response: Response) -> int:
    """Return the length of a body, 0 where it is not known before it is sent."""
    if isinstance(response.body, bytes):
        return len(response.body)
    if isinstance(response.body, FileSpan):
        return response.body.length
    said = next((value for name, value in response.headers if name.lower() == "content-length"), "")
    return int(said) if said.isdecimal() else 0


def received(request: Request) -> int:
    """Return the length of the content of a request, without the framing of its chunks."""
    said = request.headers.get("x-amz-decoded-content-length") or request.headers.get("content-length") or ""
    return int(said) if said.isascii() and said.isdecimal() else 0
