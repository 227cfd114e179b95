"""What scripts bring to be served, as a model of Clary's model server: WSGI applications and handler services."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from clary_programs.serving.api import Answer, Invocation
from clary_programs.serving.content import JSON
from clary_programs.serving.context import Context

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class WsgiHandler:
    """A WSGI application; several requests may be in it at once."""

    blocking = True

    def __init__(self, application: Wsgi) -> None:
        self._application = application

    def answer(self, invocations: Sequence[Invocation]) -> list[Answer]:
        """Call the application once a request."""
        return [self._call(_environ("POST", "/invocations", invocation)) for invocation in invocations]

    def execution_parameters(self) -> dict[str, object] | None:
        """Return what the application says; None if it does not know the path."""
        answer = self._call(_environ("GET", "/execution-parameters", Invocation(b"")))
        return json.loads(answer.body) if answer.status == 200 else None

    def _call(self, environ: dict[str, Any]) -> Answer:
        head: list[Any] = []
        parts = self._application(environ, lambda status, headers, *_: head.extend((status, headers)))
        try:
            body = b"".join(parts)
        finally:
            getattr(parts, "close", lambda: None)()
        headers = {name.lower(): value for name, value in head[1]}
        headers.pop("content-length", None)
        return Answer(body, int(head[0].split()[0]), headers.pop("content-type", JSON), headers)


class Service(Protocol):
    """A handler service, as the multi-model server knows it."""

    def initialize(self, context: Context) -> None: ...
    def handle(self, data: list[dict[str, Any]], context: Context) -> list[Any]: ...


class ServiceHandler:
    """A handler service; its requests come one after the other."""

    def __init__(self, service: Service, model_dir: str) -> None:
        self._service, self._model_dir = service, model_dir
        service.initialize(Context(model_dir))

    def answer(self, invocations: Sequence[Invocation]) -> list[Answer]:
        """Call the service once a request."""
        return [self._answer(invocation) for invocation in invocations]

    def execution_parameters(self) -> None:
        """Return None: handler services do not know the path."""
        return

    def _answer(self, invocation: Invocation) -> Answer:
        headers = {**invocation.headers, "content-type": invocation.content_type, "accept": invocation.accept}
        context = Context(self._model_dir, headers)
        (result,) = self._service.handle([{"body": invocation.body}], context)
        return Answer(_bytes(result), context.status, context.content_type or JSON, context.response_headers)


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


def _environ(method: str, path: str, invocation: Invocation) -> dict[str, Any]:
    named = {"HTTP_" + name.upper().replace("-", "_"): text for name, text in invocation.headers.items()}
    return {
        **named,
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SCRIPT_NAME": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": invocation.content_type,
        "CONTENT_LENGTH": str(len(invocation.body)),
        "HTTP_ACCEPT": invocation.accept,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(invocation.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
