"""Unmodified boto3 into the real gateway, without a socket: botocore's `before-send` event carries the bytes.

Making a client costs botocore 20 ms and more of CPU, so a client goes from one test to the next, unless the test changed
what happens at its events.
"""

from __future__ import annotations

import asyncio
import io
import threading
from collections import OrderedDict
from collections.abc import Coroutine
from typing import Any, TypeVar
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from urllib3 import HTTPResponse

from clary.server.gateway import Gateway
from clary.server.http.body import Body
from clary.server.http.connection import WHOLE
from clary.server.http.respond import pieces
from clary.wire import FileSpan, Request
from tests.support.clients import boto3_client

T = TypeVar("T")

ENDPOINT = "http://127.0.0.1:4566"
_MOST_SPARE = 50

Who = tuple[str, str, str, str | None]


# Clients that no application has now, by service, key, secret and token; the one that was used last is last.
_spare: OrderedDict[Who, Any] = OrderedDict()


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _state_of_events(client: Any) -> object:
    """Another object after each change of what is registered: botocore then begins a new cache of lookups."""
    return client.meta.events._emitter._lookup_cache


class InProcess:
    """Sends botocore's prepared requests to a gateway."""

    def __init__(self, gateway: Gateway, loop: Loop) -> None:
        self.gateway = gateway
        self.loop = loop
        self.requests: list[AWSPreparedRequest] = []
        self._clients: dict[Who, Any] = {}
        self._events: dict[Who, object] = {}

    def client(self, service: str, key: str, secret: str, token: str | None = None, **options: Any) -> Any:
        """A boto3 client whose requests end in the application; with no options, the same one for the same question."""
        if options:
            return self._bound(boto3_client(service, ENDPOINT, key, secret, token, **options))
        who = (service, key, secret, token)
        if who not in self._clients:
            client = _spare.pop(who, None) or boto3_client(service, ENDPOINT, key, secret, token)
            self._clients[who] = self._bound(client)
            self._events[who] = _state_of_events(client)
        return self._clients[who]

    def _bound(self, client: Any) -> Any:
        client.meta.events.register("before-send", self.send)
        return client

    def close(self) -> None:
        """Leave the clients to the next application."""
        for who, client in self._clients.items():
            if _state_of_events(client) is self._events[who]:
                client.meta.events.unregister("before-send", self.send)
                _spare[who] = client
        while len(_spare) > _MOST_SPARE:
            _spare.popitem(last=False)

    def send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        self.requests.append(request)
        body = request.body or b""
        if isinstance(body, str):
            body = body.encode()
        elif not isinstance(body, bytes | bytearray):
            body = body.read()
        status, headers, data = self.request(
            request.method, request.url, dict(request.headers.items()), bytes(body)
        )
        raw = HTTPResponse(
            body=io.BytesIO(data),
            headers=headers,
            status=status,
            preload_content=False,
            request_method=request.method,
        )
        return AWSResponse(request.url, status, raw.headers, raw)

    def request(
        self, method: str, url: str, headers: dict[str, Any], body: bytes = b""
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """One raw exchange: status, headers, body."""
        return self.loop.run(self._exchange(method, url, headers, body))

    async def _exchange(
        self, method: str, url: str, headers: dict[str, Any], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        parts = urlsplit(url)
        pairs = {
            k.lower(): v.decode("latin-1") if isinstance(v, bytes) else str(v) for k, v in headers.items()
        }
        pairs.setdefault("host", parts.netloc)
        if body and "transfer-encoding" not in pairs:
            pairs.setdefault("content-length", str(len(body)))
        pairs.pop("expect", None)
        request = Request(
            method, parts.path or "/", parts.query, pairs, body, parts.scheme or "http", client="127.0.0.1"
        )
        response = await self.gateway.answer(request, _arriving(request))
        headers_out = [(name.lower(), value) for name, value in response.headers]
        if method == "HEAD" or response.status in (204, 304):
            return response.status, headers_out, b""
        data = await _all_of(response.body)
        headers_out = [pair for pair in headers_out if pair[0] != "content-length"]
        return response.status, [*headers_out, ("content-length", str(len(data)))], data


def _arriving(request: Request) -> Body | None:
    """Let a body arrive as our server hands it on: large ones, and those of unknown length, are still to be read."""
    whole = request.body
    assert isinstance(whole, bytes)
    if len(whole) <= WHOLE and "transfer-encoding" not in request.headers:
        return None
    waiting = [{"type": "http.request", "body": whole, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    request.body = body = Body(receive)
    return body


async def _all_of(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return b"".join([part async for part in (pieces(body) if isinstance(body, FileSpan) else body)])
