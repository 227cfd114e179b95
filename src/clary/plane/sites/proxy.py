"""Pass visits on to a program on this machine, as MLflow and JupyterLab will need it. HTTP/1.1 and, after an upgrade, bytes.

    visit -> head without what is this connection's own -> program
    program -> head, body part by part -> client;  or 101 -> bytes both ways

The program is where the site says: a Unix socket, or a port of the loopback. Nothing of a request chooses it. What a client
says of itself as a proxy would (X-Forwarded-…) is replaced, and its AWS signature stays here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import suppress
from typing import NamedTuple

import h11

from clary.kernel import AwsError
from clary.plane.sites.visit import Visit
from clary.wire import Duplex, Request, Response, Switch

_PIECE = 64 << 10
_LARGEST_HEAD = 64 << 10
_WHOLE = 1 << 20  # a body of known length up to this is read at once
_CONNECT_SECONDS = 10.0
_HEAD_SECONDS = 300.0  # until the program answers
# RFC 9110, 7.6.1: of one connection, whatever Connection says. Expect was answered here.
_HOP_BY_HOP = frozenset(
    [
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
)
_OURS = frozenset(("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded"))
_BODILESS = (204, 304)

Headers = list[tuple[str, str]]


class Upstream(NamedTuple):
    """Where a program listens: `socket` is the path of a Unix socket; without it, `port` is one of the loopback."""

    socket: str = ""
    port: int = 0


async def forward(
    visit: Visit, upstream: Upstream, target: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the program's answer to a visit. `target` is the path and query that it sees, the client's own unless given;
    `headers` are set beside the client's, or in their place. Raise BadGateway where it does not listen or speaks no HTTP,
    GatewayTimeout where it is silent."""
    talk = await _open(upstream)
    try:
        return await talk.response(visit, await talk.ask(visit.request, target, headers or {}))
    except TimeoutError:
        talk.close()
        raise AwsError("GatewayTimeoutException", "The program does not answer.", 504) from None
    except (OSError, h11.RemoteProtocolError):
        talk.close()
        raise talk.clients_fault or _bad_gateway() from None
    except BaseException:
        talk.close()
        raise


async def _open(upstream: Upstream) -> _Talk:
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            if upstream.socket:
                return _Talk(*await asyncio.open_unix_connection(upstream.socket))
            return _Talk(*await asyncio.open_connection("127.0.0.1", upstream.port))
    except (OSError, TimeoutError):
        raise _bad_gateway() from None


class _Talk:
    """One request and its answer, on a connection of its own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_HEAD)
        self._sending: asyncio.Future[None] | None = None
        self.clients_fault: BaseException | None = None  # why its body could not be had to its end

    def close(self) -> None:
        """Let the program go, whatever it is doing."""
        self._writer.transport.abort()
        if self._sending is not None:
            self._sending.cancel()

    async def ask(
        self, request: Request, target: str | None, headers: Mapping[str, str]
    ) -> h11.Response | h11.InformationalResponse:
        """Send a request, and return the head of the answer. The body goes on being sent where that comes before its end.
        Raise TimeoutError where the program has all of the request, and is silent."""
        query = f"?{request.query}" if request.query else ""
        said = _passed_on(request) | {name.lower(): value for name, value in headers.items()}
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in said.items()]
        path = (target or request.path + query).encode("latin-1")
        try:
            self._write(self._http.send(h11.Request(method=request.method, target=path, headers=pairs)))
        except h11.LocalProtocolError:
            raise AwsError("BadRequestException", "The request cannot be passed on.", 400) from None
        async with asyncio.timeout(None) as limit:
            self._sending = asyncio.ensure_future(self._send_body(request.body, limit))
            return await self._head()

    async def _send_body(self, body: bytes | AsyncIterable[bytes], limit: asyncio.Timeout) -> None:
        with suppress(
            OSError, h11.LocalProtocolError
        ):  # the program has gone, or has answered and is not interested
            async for part in self._from_client(body):
                self._write(self._http.send(h11.Data(part)))
                await self._writer.drain()
            self._write(self._http.send(h11.EndOfMessage()))
        with suppress(RuntimeError):  # the head has come already
            limit.reschedule(asyncio.get_running_loop().time() + _HEAD_SECONDS)

    async def _from_client(self, body: bytes | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        try:
            async for part in _parts_of(body):
                yield part
        except Exception as error:
            self.clients_fault = error
            self._writer.transport.abort()

    def _write(self, data: bytes | None) -> None:
        if data:
            self._writer.write(data)

    async def _head(self) -> h11.Response | h11.InformationalResponse:
        while True:
            event = await self._next()
            if isinstance(event, h11.Response) or (
                isinstance(event, h11.InformationalResponse) and event.status_code == 101
            ):
                return event
            if not isinstance(event, h11.InformationalResponse):
                raise h11.RemoteProtocolError("no answer")

    async def _next(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(_PIECE))
        return event

    # the answer --------------------------------------------------------------------------------------------------

    async def response(self, visit: Visit, answer: h11.Response | h11.InformationalResponse) -> Response:
        """Make a Response of the head of an answer; what follows it comes when it is asked for."""
        raw = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw_items()
        ]
        headers = _of_the_answer(raw)
        if answer.status_code == 101:
            upgrade = next((value for name, value in raw if name.lower() == "upgrade"), "")
            headers += [("upgrade", upgrade), ("connection", "Upgrade")]
            return Response(101, headers, Switch(self._tunnel, visit.site.place.bounds.idle, self.close))
        if visit.request.method == "HEAD" or answer.status_code in _BODILESS:
            self.close()
            return Response(answer.status_code, headers)
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), None)
        parts = self._parts()
        if length is not None and length <= _WHOLE:
            return Response(answer.status_code, headers, b"".join([part async for part in parts]))
        return Response(answer.status_code, headers, parts)

    async def _parts(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes. If the program breaks it off, the client's answer is broken off too."""
        try:
            while isinstance(event := await self._next(), h11.Data):
                yield bytes(event.data)
        except h11.RemoteProtocolError as error:
            raise ConnectionError("the program broke its answer off") from error
        finally:
            self.close()

    async def _tunnel(self, stream: Duplex) -> None:
        """Bytes go both ways until one side is done."""
        early, _ = self._http.trailing_data
        if early:
            await stream.write(bytes(early))
        ways = [
            asyncio.ensure_future(self._to_program(stream)),
            asyncio.ensure_future(self._to_client(stream)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                await _ended(way)
            self.close()

    async def _to_program(self, stream: Duplex) -> None:
        while data := await stream.read():
            self._writer.write(data)
            await self._writer.drain()

    async def _to_client(self, stream: Duplex) -> None:
        while data := await self._reader.read(_PIECE):
            await stream.write(data)


async def _parts_of(body: bytes | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    if not isinstance(body, bytes):
        async for part in body:
            yield part
    elif body:
        yield body


def _passed_on(request: Request) -> dict[str, str]:
    """Return the headers for the program: the client's, without those of the connection, and what the platform knows."""
    own = _HOP_BY_HOP | _OURS | _named(request.headers.get("connection", ""))
    said = {name: value for name, value in request.headers.items() if name not in own}
    if said.get("authorization", "").startswith("AWS"):
        del said["authorization"]
    said.pop("x-amz-security-token", None)
    said["x-forwarded-for"] = request.client or "unknown"
    said["x-forwarded-host"] = request.headers.get("host", "")
    said["x-forwarded-proto"] = request.scheme
    if isinstance(request.body, bytes) and ("content-length" in said or request.body):
        said["content-length"] = str(len(request.body))
    elif not isinstance(request.body, bytes) and "content-length" not in said:
        said["transfer-encoding"] = "chunked"
    upgrade = request.headers.get("upgrade")
    if upgrade and "upgrade" in _named(request.headers.get("connection", "")):
        said |= {"connection": "Upgrade", "upgrade": upgrade}
    else:
        said["connection"] = "close"
    return said


def _of_the_answer(headers: Headers) -> Headers:
    named = _named(",".join(value for name, value in headers if name.lower() == "connection"))
    own = _HOP_BY_HOP | named | {"date"}  # the date is the server's to say
    return [(name, value) for name, value in headers if name.lower() not in own]


def _named(connection: str) -> set[str]:
    """Return the headers that a Connection header declares to belong to the connection."""
    return {word.strip().lower() for word in connection.split(",") if word.strip()} - {
        "host",
        "content-length",
    }


async def _ended(task: asyncio.Future[None]) -> None:
    """Cancel a task where it still runs, and wait for its end."""
    task.cancel()
    with suppress(asyncio.CancelledError, OSError, h11.ProtocolError):
        await task


def _bad_gateway() -> AwsError:
    return AwsError("BadGatewayException", "The program behind this address cannot be reached.", 502)
