"""What browsers ask before and while they use buckets from a page of another origin: CORS, by the rules of the bucket.

Knows where a request names its bucket and what the rules say; knows no signature, which such a question never has.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from urllib.parse import unquote

from clary.plane import Platform
from clary.wire import Request, Response, Router
from clary.wire.serialize.text import header

log = logging.getLogger("clary.gateway")


class CrossOrigin:
    """Answers OPTIONS, and lets pages see the answers to everything else."""

    def __init__(self, platform: Platform, router: Router) -> None:
        self._store = platform.store
        self._router = router

    async def preflight(self, request: Request, request_id: str) -> Response:
        """The answer to OPTIONS. Raises AwsError where a rule does not let the page in."""
        from clary.services.s3 import cors  # not before the first page asks

        bucket, key = self._named(request)
        found = await self._store.run(
            lambda tx: cors.preflight(tx, bucket, key, request.headers), write=False
        )
        return self._router.answer_without_match(request, _sendable(found), request_id)

    async def show(self, request: Request, response: Response) -> None:
        """Add what the bucket's rules say to S3's answer to a request with an Origin. Where they cannot be read, a page
        does not see the answer; what was done is done, and clients other than browsers see it all the same."""
        from clary.services.s3 import cors

        bucket, _ = self._named(request)
        origin, asked = request.headers["origin"], cors.asked_headers(request.headers)
        try:
            found = await self._store.run(
                lambda tx: cors.allowed(tx, bucket, origin, request.method, asked), write=False
            )
        except Exception:
            log.exception("the rules of bucket %r for pages of %r", bucket, origin)
            return
        response.headers.extend(_sendable(found or {}))

    def _named(self, request: Request) -> tuple[str, str]:
        bucket, _, key = self._router.bucket_in_path(request).removeprefix("/").partition("/")
        name = unquote(bucket)
        return (name if name.isprintable() else ""), key  # what has control characters is no bucket's name


def _sendable(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Headers that any connection can carry: a rule may name what no header can hold."""
    return [(name, header(value)) for name, value in headers.items()]
