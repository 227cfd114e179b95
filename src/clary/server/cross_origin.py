"""What browsers ask before and while a page of another origin uses a service: CORS, by the service's own rules.

Knows no service: which one is meant, the signature says, or for want of one the host's name.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import partial

from clary.plane import Platform
from clary.plane.cors import Cors
from clary.server import credentials
from clary.wire import Request, Response, Router, Signature
from clary.wire.hosts import host_of
from clary.wire.serialize.text import header

log = logging.getLogger("clary.gateway")


class CrossOrigin:
    """Answers OPTIONS, and lets pages see the answers to everything else."""

    def __init__(self, platform: Platform, router: Router) -> None:
        self._platform = platform
        self._router = router

    async def preflight(self, request: Request, request_id: str) -> Response:
        """Return the answer to OPTIONS. Raise AwsError if no rule lets the page in."""
        cors = await self._cors_of(request, None)
        if cors is None:  # a service without rules takes it for a request; its words may have to be read
            raise await asyncio.to_thread(credentials.missing, request, self._router)
        path = self._router.bucket_in_path(request)
        found = await self._platform.store.run(
            lambda tx: cors.preflight(tx, path, request.headers), write=False
        )
        return self._router.answer_without_match(request, _sendable(found), request_id)

    async def show(self, request: Request, response: Response, signature: Signature | None) -> None:
        """Add what a service's rules say to its answer to a request with an Origin. Where they cannot be read, a page does
        not see the answer; what was done is done, and a client that is no browser sees it all the same."""
        cors = await self._cors_of(request, signature)
        if cors is None:
            return
        path = self._router.bucket_in_path(request)
        ask = partial(cors.allowed, path=path, method=request.method, headers=request.headers)
        try:
            found = await self._platform.store.run(ask, write=False)
        except Exception:
            log.exception("the rules of %r for pages of %r", path, request.headers["origin"])
            return
        response.headers.extend(_sendable(found or {}))

    async def _cors_of(self, request: Request, signature: Signature | None) -> Cors | None:
        """Return the rules of the service that a request is for, None where that has none. It is loaded where it is asked."""
        host = host_of(request.headers.get("host", ""))
        for outline in self._platform.registry.outlines:
            if outline.cors and (signature is None or signature.service == outline.signing_name):
                cors = (await self._platform.registry.ready(outline.name)).cors
                if cors is not None and (signature is not None or cors.claims(host)):
                    return cors
        return None


def _sendable(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Headers that any connection can carry: a rule may name what no header can hold."""
    return [(name, header(value)) for name, value in headers.items()]
