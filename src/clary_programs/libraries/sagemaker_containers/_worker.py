"""The web application of a model, its requests, and the answers that hooks return."""

from __future__ import annotations

import threading
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from . import _content_types, _env, _logging
from ._http import BaseRequest, BaseResponse, StartResponse, current
from ._mapping import MappingMixin

env = _env.ServingEnv()


class Response(BaseResponse):
    """An answer, JSON by default. `accept` is ignored, as in AWS's library."""

    default_mimetype = _content_types.JSON

    def __init__(
        self,
        response: str | bytes | Iterable[str | bytes] | None = None,
        accept: str | None = None,
        status: int | str = HTTPStatus.OK,
        headers: Mapping[str, str] | None = None,
        mimetype: str | None = None,
        direct_passthrough: bool = False,
    ) -> None:
        if accept:
            text = 'ignoring deprecated "accept" argument to Response.__init__'
            warnings.warn(text, DeprecationWarning, stacklevel=2)
        super().__init__(response, status, headers, mimetype)


class Request(BaseRequest, MappingMixin):
    """The request that is being answered, also a dictionary of its properties."""

    def __init__(
        self, environ: dict[str, Any] | None = None, serving_env: _env.ServingEnv | None = None
    ) -> None:
        super().__init__(environ)
        self._default_accept = (serving_env or env).default_accept

    @property
    def content_type(self) -> str:
        """The request's content type, JSON if it has none."""
        return self.headers.get("ContentType") or self.headers.get("Content-Type") or _content_types.JSON

    @property
    def accept(self) -> str:
        """The content type that is asked for; the server's default if it is any, or none."""
        accept = self.headers.get("Accept")
        return self._default_accept if not accept or accept == _content_types.ANY else accept

    @property
    def content(self) -> str | bytes:
        """The body, as text if its type is JSON or CSV."""
        return self.get_data(as_text=self.content_type in _content_types.UTF8_TYPES)


def default_healthcheck_fn() -> Response:
    """Return the answer to a ping: 200 and nothing else."""
    return Response(status=HTTPStatus.OK)


class Worker:
    """A WSGI application that answers `/invocations`, `/ping` and, if it has the function, `/execution-parameters`."""

    def __init__(
        self,
        transform_fn: Callable[[], Any],
        initialize_fn: Callable[[], Any] | None = None,
        module_name: str | None = None,
        healthcheck_fn: Callable[[], Any] | None = None,
        execution_parameters_fn: Callable[[], Any] | None = None,
    ) -> None:
        _logging.configure_logger(env.log_level)
        self.name = module_name or env.module_name
        self._initialize, self._lock = initialize_fn, threading.Lock()
        self._routes = {
            "/invocations": ("POST", transform_fn),
            "/ping": ("GET", healthcheck_fn or default_healthcheck_fn),
        }
        if execution_parameters_fn:
            self._routes["/execution-parameters"] = ("GET", execution_parameters_fn)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        token = current.set(environ)
        try:
            return self._answer(environ)(environ, start_response)
        finally:
            current.reset(token)

    def _answer(self, environ: Mapping[str, Any]) -> BaseResponse:
        method, function = self._routes.get(environ.get("PATH_INFO", "/"), ("", None))
        if function is None:
            return Response(status=HTTPStatus.NOT_FOUND)
        if environ.get("REQUEST_METHOD", "GET") != method:
            return Response(status=HTTPStatus.METHOD_NOT_ALLOWED)
        try:
            self._start()
            return _response(function())
        except Exception:
            _logging.get_logger().error(traceback.format_exc())
            return Response(traceback.format_exc(), status=500, mimetype="text/plain")

    def _start(self) -> None:
        """Call the initialising function before the first request."""
        with self._lock:
            if self._initialize:
                self._initialize()
            self._initialize = None


def _response(value: Any) -> BaseResponse:
    return value if isinstance(value, BaseResponse) else Response(value)
