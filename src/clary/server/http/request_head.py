"""Text in the head of a request: header names and the request line."""

from __future__ import annotations

import httptools

NAMES: dict[bytes, str] = {}  # header name as clients spell it -> lower case
_MOST_NAMES = 1024


def lower(name: bytes) -> str:
    """Return a header's name in lower case; cache it."""
    lower = name.decode("latin-1").lower()
    if len(NAMES) < _MOST_NAMES:
        NAMES[name] = lower
    return lower


def target(url: bytes) -> tuple[str, str]:
    """Return path and query of a request line, still encoded; also of an absolute URL (RFC 9112, 3.2.2)."""
    if not url.startswith(b"/") or b"#" in url:
        parsed = httptools.parse_url(url)
        return (parsed.path or b"/").decode("latin-1"), (parsed.query or b"").decode("latin-1")
    path, _, query = url.partition(b"?")
    return path.decode("latin-1"), query.decode("latin-1")
