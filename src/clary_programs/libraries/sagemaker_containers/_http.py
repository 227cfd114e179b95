"""Requests and responses with the names that Flask's have, over WSGI. Flask itself is not needed.

Knows no model and no route.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any

current: ContextVar[dict[str, Any]] = ContextVar("the WSGI environment of the request being answered")

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Headers(MutableMapping[str, str]):
    """Headers by name, in whatever capital letters."""

    def __init__(self, headers: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        self._values = {name.lower(): (name, str(value)) for name, value in pairs}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()][1]

    def __setitem__(self, name: str, value: str) -> None:
        self._values[name.lower()] = (name, str(value))

    def __delitem__(self, name: str) -> None:
        del self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._values.values())

    def __len__(self) -> int:
        return len(self._values)


def headers_of(environ: Mapping[str, Any]) -> Headers:
    """Return the headers of a request."""
    named = {name[5:]: value for name, value in environ.items() if name.startswith("HTTP_")}
    plain = {name: environ[name] for name in ("CONTENT_TYPE", "CONTENT_LENGTH") if environ.get(name)}
    return Headers((name.replace("_", "-").title(), value) for name, value in {**named, **plain}.items())


class BaseResponse:
    """A body with a status and headers; also a WSGI application that answers with them."""

    default_mimetype = "text/html"

    def __init__(
        self,
        response: str | bytes | Iterable[str | bytes] | None = None,
        status: int | str | HTTPStatus | None = None,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        mimetype: str | None = None,
        content_type: str | None = None,
    ) -> None:
        self.headers = Headers(headers or ())
        self.status_code = _status(status)
        kind = content_type or mimetype or self.headers.get("Content-Type") or self.default_mimetype
        self.headers["Content-Type"] = kind
        self.set_data(response)

    @property
    def status(self) -> str:
        """The status with its phrase, `200 OK`."""
        known = {entry.value: entry.phrase for entry in HTTPStatus}
        return f"{self.status_code} {known.get(self.status_code, 'UNKNOWN')}"

    @property
    def content_type(self) -> str:
        """The content type with its parameters."""
        return self.headers["Content-Type"]

    @content_type.setter
    def content_type(self, value: str) -> None:
        self.headers["Content-Type"] = value

    @property
    def mimetype(self) -> str:
        """The content type without its parameters."""
        return self.content_type.partition(";")[0].strip().lower()

    @mimetype.setter
    def mimetype(self, value: str) -> None:
        self.content_type = value

    @property
    def data(self) -> bytes:
        """The body."""
        return self._body

    @data.setter
    def data(self, value: str | bytes) -> None:
        self.set_data(value)

    def get_data(self, as_text: bool = False) -> str | bytes:
        """Return the body."""
        return self._body.decode() if as_text else self._body

    def set_data(self, value: str | bytes | Iterable[str | bytes] | None) -> None:
        """Replace the body."""
        parts = [value] if isinstance(value, str | bytes | bytearray) else value or []
        self._body = b"".join(part.encode() if isinstance(part, str) else bytes(part) for part in parts)

    def get_json(self) -> Any:
        """Return what the body holds as JSON."""
        return json.loads(self._body)

    def __call__(self, environ: Mapping[str, Any], start_response: StartResponse) -> list[bytes]:
        headers = [*self.headers.items(), ("Content-Length", str(len(self._body)))]
        start_response(self.status, headers)
        return [self._body]


class BaseRequest:
    """A request to a WSGI application: the one that is being answered, unless one is passed."""

    def __init__(self, environ: dict[str, Any] | None = None) -> None:
        self.environ = environ or _current()
        self.headers = headers_of(self.environ)
        self._body: bytes | None = None

    @property
    def method(self) -> str:
        """GET, POST …"""
        return self.environ.get("REQUEST_METHOD", "GET")

    @property
    def path(self) -> str:
        """The path, without the query."""
        return self.environ.get("PATH_INFO", "/")

    @property
    def content_length(self) -> int | None:
        """How many bytes the body has; None if that is not said."""
        length = self.headers.get("Content-Length")
        return int(length) if length else None

    @property
    def data(self) -> bytes:
        """The body."""
        if self._body is None:
            stream = self.environ.get("wsgi.input")
            self._body = stream.read(self.content_length or 0) if stream is not None else b""
        return self._body

    def get_data(self, as_text: bool = False) -> str | bytes:
        """Return the body."""
        return self.data.decode() if as_text else self.data

    def get_json(self) -> Any:
        """Return what the body holds as JSON."""
        return json.loads(self.data)


def _current() -> dict[str, Any]:
    try:
        return current.get()
    except LookupError:
        raise RuntimeError("Working outside of request context.") from None


def _status(status: int | str | HTTPStatus | None) -> int:
    return int(str(status).split()[0]) if isinstance(status, str) else int(status or 200)
