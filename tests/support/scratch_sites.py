"""A service with sites, and a platform with it behind our own HTTP server, on a real socket.

The service is Lambda by name, since its function URLs are the nearest thing at AWS; what its sites answer is the tests' own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import botocore.auth
import botocore.awsrequest
import botocore.credentials

from clary.kernel import AwsError
from clary.plane import Platform, Service
from clary.plane.sites import Bounds, Socket, SocketClosed, Visit
from clary.plane.sites.signed import signed_for
from clary.server.gateway import Gateway
from clary.server.home import Home
from clary.server.http.body import Body
from clary.server.http.server import HttpServer
from clary.server.local_api import LocalApi
from clary.server.options import Options
from clary.wire import Request, Response
from tests.conftest import ROOT_KEY, ROOT_SECRET
from tests.inprocess import Loop
from tests.support.routers import router_of

BOUNDS = Bounds(body=3 << 20, message=64 << 10, sockets=3)


def scratch_service() -> Service:
    """Return a service with an open site on a path, one on a host, one whose visitors sign, and one with sockets."""
    service = Service("lambda")
    service.ends = []  # type: ignore[attr-defined]  # how handlers of sockets ended

    @service.site(path="/_scratch", open=True, bounds=BOUNDS)
    async def scratch(visit: Visit) -> Response:
        match visit.segments[:1]:
            case ("fail",):
                raise RuntimeError("secret detail")
            case ("teapot",):
                return Response(418, [], b"short and stout")
            case ("count",):
                return Response(200, [], _numbers(int(visit.segments[1])))
            case ("size",):
                return Response(200, [], str(await _length(visit)).encode())
        return described(visit, await visit.body())

    @service.site(host=("{id}.lambda-url.{region}.on.aws", "{id}.lambda-url.{region}.{platform}"), open=True)
    async def function_url(visit: Visit) -> Response:
        return described(visit, await visit.body())

    @service.site(path="/_signed", verify=signed_for("execute-api"), signed_for=("execute-api",))
    async def signed(visit: Visit) -> Response:
        await visit.authorize(
            "execute-api:Invoke", f"arn:aws:execute-api:us-east-1:{visit.caller.account}:a/b"
        )
        return described(visit, await visit.body())

    @service.site(path="/_socket", open=True, bounds=BOUNDS)
    async def sockets(visit: Visit) -> Response:
        raise AwsError("UpgradeRequiredException", "Speak WebSocket.", 426)

    @sockets.socket("echo", "other")
    async def talk(visit: Visit, socket: Socket) -> None:
        try:
            await _talk(visit, socket)
            service.ends.append("returned")  # type: ignore[attr-defined]
        except BaseException as error:
            service.ends.append(type(error).__name__)  # type: ignore[attr-defined]
            raise

    return service


async def _talk(visit: Visit, socket: Socket) -> None:
    match visit.segments:
        case ("fail",):
            raise RuntimeError("secret detail")
        case ("deaf",):
            await asyncio.Event().wait()
        case ("end", code):
            await socket.close(int(code), "enough")
        case ("flood",):
            with contextlib.suppress(SocketClosed):
                while True:
                    await socket.send(b"x" * (64 << 10))
            return
    async for message in socket:
        await socket.send(message)


def described(visit: Visit, body: bytes) -> Response:
    """What a handler sees, as JSON."""
    found = {
        "site": visit.site.place.name,
        "method": visit.request.method,
        "raw": visit.raw_path,
        "segments": visit.segments,
        "query": visit.query,
        "labels": dict(visit.labels),
        "caller": visit.caller.arn,
        "body": body.decode("latin-1"),
    }
    return Response(200, [("content-type", "application/json")], json.dumps(found).encode())


async def _numbers(most: int) -> AsyncIterator[bytes]:
    for number in range(most):
        yield f"{number}\n".encode()


async def _length(visit: Visit) -> int:
    """Read part by part."""
    body = visit.request.body
    return len(body) if isinstance(body, bytes) else sum([len(part) async for part in body])


class SiteServer:
    """A platform behind our own HTTP server. `http` is the server, in the loop's thread."""

    def __init__(
        self, platform: Platform, loop: Loop, options: Options, tls: ssl.SSLContext | None = None
    ) -> None:
        local = LocalApi(platform, Home(platform.settings.home), options)
        self.gateway = Gateway(platform, router_of(platform), local)
        self.platform = platform
        self.loop = loop
        self.seen: list[str] = []
        self.port = loop.run(self._open(tls))
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws = f"ws://127.0.0.1:{self.port}"

    async def _open(self, tls: ssl.SSLContext | None) -> int:
        self.http = HttpServer(self._answer)
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(self.http.protocol, "127.0.0.1", 0, ssl=tls)
        return self._listening.sockets[0].getsockname()[1]

    async def _answer(self, request: Request, body: Body | None) -> Response:
        self.seen.append(request.path)
        return await self.gateway.answer(request, body)

    async def _end(self, grace: float) -> None:
        self._listening.close()
        await self.http.close(grace)

    def stop(self, grace: float = 8.0) -> None:
        """Stop as the gateway's process does at TERM."""
        self.loop.run(self._end(grace))

    def judge(self, after: float) -> None:
        """Let every connection be judged as if so many seconds had gone by."""

        async def look() -> None:
            self.http.now += after
            for connection in list(self.http.connections):
                connection.judge(self.http.now)

        self.loop.run(look())

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def say(self, data: bytes) -> bytes:
        """Send bytes as they are; what came back until the other side was done."""
        with self.connect() as line:
            line.sendall(data)
            line.shutdown(socket.SHUT_WR)
            parts = []
            with contextlib.suppress(OSError):
                while part := line.recv(1 << 16):
                    parts.append(part)
            return b"".join(parts)


def signed(
    url: str, service: str, key: str = ROOT_KEY, secret: str = ROOT_SECRET, **how: Any
) -> dict[str, str]:
    """The headers of a POST that botocore's own signer signs."""
    request = botocore.awsrequest.AWSRequest(
        "POST", url, data=how.get("data", b""), headers=how.get("headers", {})
    )
    credentials = botocore.credentials.Credentials(key, secret, how.get("token"))
    botocore.auth.SigV4Auth(credentials, service, how.get("region", "us-east-1")).add_auth(request)
    return dict(request.headers.items())


def with_bounds(service: Service, name: str, change: Callable[[Bounds], Bounds]) -> None:
    """Give a site other bounds."""
    site = service.sites[name]
    site.place = replace(site.place, bounds=change(site.place.bounds))
