"""Requests to the platform's own `/_clary/` API: health, status, accounts. Uses the standard library only."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from clary.cli.errors import CliError
from clary.cli.home import Identity
from clary.cli.signing import signed_headers

_SECONDS = 30.0


def is_healthy(endpoint: str, seconds: float = 2.0) -> bool:
    """Return whether the gateway at an address answers that it is ready."""
    try:
        return _request(endpoint, "GET", "/_clary/health", b"", {}, seconds)[0] == 200
    except (OSError, HTTPException):
        return False


class Unreachable(CliError):
    """Nothing answers at the address, or it answers that it cannot at the moment."""


def ask(
    endpoint: str, identity: Identity, method: str, path: str, body: Any = None, seconds: float = _SECONDS
) -> Any:
    """Send a request signed by a root user; return the JSON answer.

    Raise CliError with the platform's message, Unreachable if trying again may help.
    """
    content = b"" if body is None else json.dumps(body).encode()
    headers = signed_headers(identity, method, urlsplit(endpoint).netloc, path, content)
    try:
        status, answer = _request(endpoint, method, path, content, headers, seconds)
    except (OSError, HTTPException) as error:
        raise Unreachable(
            f"the platform at {endpoint} does not answer ({error}); check it with: clary status"
        ) from None
    if status >= 400:
        kind = Unreachable if status >= 500 else CliError
        raise kind(f"the platform rejected {method} {path}: {_words(answer)}")
    return json.loads(answer)


def _request(
    endpoint: str, method: str, path: str, body: bytes, headers: dict[str, str], seconds: float
) -> tuple[int, bytes]:
    address = urlsplit(endpoint)
    connection = HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=seconds)
    try:
        connection.request(method, path, body or None, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _words(answer: bytes) -> str:
    try:
        found = json.loads(answer)
        return str(found.get("message") or found.get("Message") or found)
    except ValueError:
        return answer.decode(errors="replace").strip()[:300]
