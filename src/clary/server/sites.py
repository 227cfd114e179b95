"""Answers the visits of sites: finds the site, asks who visits, calls its handler, and puts refusals into its words.

host, path -> region -> path without traps -> bounds -> verify -> around -> handler, or WebSocket
"""

from __future__ import annotations

import json
import logging
import math
from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from dataclasses import replace

from clary.kernel import AwsError, Caller
from clary.plane import Platform
from clary.plane.around import Invocation
from clary.plane.context import Context
from clary.plane.sites import Site, Visit
from clary.plane.sites.socket import TRY_AGAIN
from clary.plane.sites.visit import visit_of
from clary.plane.throttling import is_throttling
from clary.server.documents import length_of
from clary.server.http.handshake import handshake, wants_websocket
from clary.server.site_table import Found, SiteTable
from clary.store.api import NoSpace
from clary.wire import Duplex, Request, Response, Switch, home_region

log = logging.getLogger("clary.gateway")


class Sites:
    """All sites of a platform. `own_names` are its host names."""

    def __init__(self, platform: Platform, own_names: tuple[str, ...]) -> None:
        self._platform = platform
        places = (place for outline in platform.registry.outlines for place in outline.sites)
        self._table = SiteTable(places, own_names)
        self._home = home_region(platform.settings.partition)
        self._open: Counter[tuple[str, str]] = Counter()  # sockets, by service and site
        self.find = self._table.find

    async def answer(self, found: Found, request: Request, request_id: str) -> Response:
        """Answer a request to a site; every refusal and failure is an answer too."""
        service = await self._platform.registry.ready(found.place.service)
        site = service.sites[found.place.name]
        visit = Visit(self._context(site, found, request, request_id), site, request, found.labels)
        try:
            return await self._visited(site, found, visit)
        except AwsError as error:
            return self._refused(site, visit, error)
        except NoSpace:
            return self._refused(
                site, visit, AwsError("ServiceUnavailableException", "No space is left.", 503)
            )
        except ConnectionError:
            raise
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            return self._refused(
                site, visit, AwsError("InternalServerErrorException", "Internal Server Error", 500)
            )

    def _context(self, site: Site, found: Found, request: Request, request_id: str) -> Context:
        return Context(
            self._platform,
            Caller.anonymous(),
            "",
            found.labels.get("region", self._home),
            self._platform.clock.now(),
            site.operation,
            request_id,
            request=request,
        )

    async def _visited(self, site: Site, found: Found, visit: Visit) -> Response:
        ctx, request = visit.ctx, visit.request
        if ctx.region not in self._platform.settings.regions:
            raise AwsError("NotFoundException", "There is no such region here.", 404)
        visit = visit_of(ctx, site, request, found.labels)
        _hold_to(request, site.place.bounds.body)
        if site.verify is not None:
            ctx.caller = await site.verify(visit)
            ctx.account = ctx.caller.account
        return await self._around(site, visit)

    async def _around(self, site: Site, visit: Visit) -> Response:
        """Call the handler within the hooks around all calls; an answer that refuses is counted as one."""
        try:
            with Invocation(self._platform.around, visit.ctx, {}):
                response = await self._handled(site, visit)
                if response.status >= 400:
                    raise _Answered(response)
                return response
        except _Answered as answered:
            return answered.response

    async def _handled(self, site: Site, visit: Visit) -> Response:
        if site.talk is not None and wants_websocket(visit.request):
            return self._upgraded(site, visit)
        response = await site.answer(visit)
        if isinstance(response.body, Switch):
            self._refuse_more(site)
            speak = self._counted(site, response.body.speak, None)
            return replace(response, body=replace(response.body, speak=speak))
        return response

    # sockets -----------------------------------------------------------------------------------------------------

    def _upgraded(self, site: Site, visit: Visit) -> Response:
        """Return the answer that turns the connection into a WebSocket."""
        self._refuse_more(site)
        headers, chosen = handshake(visit.request, site.subprotocols)
        from clary.server.http.websocket import WebSocket  # wsproto is loaded by the first socket

        bounds, talk = site.place.bounds, site.talk
        assert talk is not None

        async def speak(stream: Duplex) -> None:
            await WebSocket(stream, bounds, chosen).run(lambda socket: talk(visit, socket))  # type: ignore[arg-type]

        async def full(stream: Duplex) -> None:
            await WebSocket(stream, bounds, chosen).close(TRY_AGAIN, "There are too many.")  # type: ignore[arg-type]

        return Response(
            101, headers, Switch(self._counted(site, speak, full), math.inf)
        )  # which keeps time itself

    def _refuse_more(self, site: Site) -> None:
        if self._is_full(site):
            raise AwsError("ServiceUnavailableException", "There are too many open connections.", 503)

    def _is_full(self, site: Site) -> bool:
        return self._open[site.place.service, site.place.name] >= site.place.bounds.sockets

    def _counted(
        self,
        site: Site,
        speak: Callable[[Duplex], Awaitable[None]],
        full: Callable[[Duplex], Awaitable[None]] | None,
    ) -> Callable[[Duplex], Awaitable[None]]:
        """Count a socket while it is open. Others may have been opened since its handshake began: `full` then ends it."""
        key = site.place.service, site.place.name

        async def counted(stream: Duplex) -> None:
            if self._is_full(site):
                if full is not None:
                    await full(stream)
                return
            self._open[key] += 1
            try:
                await speak(stream)
            finally:
                self._open[key] -= 1

        return counted

    # no ----------------------------------------------------------------------------------------------------------

    def _refused(self, site: Site, visit: Visit, error: AwsError) -> Response:
        if site.refuse is not None:
            return site.refuse(visit, error)
        return plain_refusal(visit, error)


class _Answered(AwsError):
    """A handler's own answer that is a refusal or a failure, on its way past the hooks."""

    def __init__(self, response: Response) -> None:
        super().__init__(str(response.status), "", response.status)
        self.response = response


def plain_refusal(visit: Visit, error: AwsError) -> Response:
    """Return an error as API Gateway and function URLs do, with HTTP's own status instead of that of JSON services."""
    status = 403 if error.code.startswith("AccessDenied") else 429 if is_throttling(error) else error.status
    headers = [
        ("content-type", "application/json"),
        ("x-amzn-requestid", visit.ctx.request_id),
        ("x-amzn-errortype", error.code),
        *error.headers.items(),
    ]
    return Response(status, headers, json.dumps({"message": error.message}).encode())


def _hold_to(request: Request, most: int) -> None:
    """Raise RequestEntityTooLarge for a body that is known to be larger; one whose length is not known is stopped there."""
    body = request.body
    if (len(body) if isinstance(body, bytes) else length_of(request)) > most:
        raise _too_large(most)
    if not isinstance(body, bytes):
        request.body = _held(body, most)


async def _held(body: AsyncIterable[bytes], most: int) -> AsyncIterator[bytes]:
    size = 0
    async for part in body:
        size += len(part)
        if size > most:
            raise _too_large(most)
        yield part


def _too_large(most: int) -> AwsError:
    return AwsError("RequestEntityTooLargeException", f"A body has at most {most} bytes here.", 413)
