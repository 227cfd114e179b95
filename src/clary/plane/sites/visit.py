"""One request of a site, as its handlers see it, and what they may ask of the platform about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import parse_qsl, urlsplit

from clary.kernel import Arn, AwsError, Caller
from clary.plane.context import Context
from clary.plane.sites.place import segments_of
from clary.plane.sites.site import Site
from clary.wire import Request
from clary.wire.hosts import host_of


@dataclass(slots=True)
class Visit:
    """A request to a site.

    `ctx` is the call: its caller is who `verify` says, anonymous before; it has `transact` and `acall`, and no transaction.
    `labels` are the values of the host's pattern. `raw_path` is the path as it came, the site's own prefix with it;
    `segments` are those below the prefix, decoded one by one: a slash within one was `%2F`, and none is `.` or `..`.
    """

    ctx: Context
    site: Site
    request: Request
    labels: Mapping[str, str] = field(default_factory=dict)
    segments: tuple[str, ...] = ()

    @property
    def caller(self) -> Caller:
        return self.ctx.caller

    @property
    def raw_path(self) -> str:
        return self.request.path

    @property
    def path(self) -> str:
        """The decoded path below the site's prefix: `/a/b`. Raises BadRequest where a segment holds a slash, since the text
        could not be told from one that has the slash between two segments."""
        if any("/" in segment for segment in self.segments):
            raise AwsError("BadRequestException", "The path has an encoded slash.", 400)
        return "/" + "/".join(self.segments)

    @property
    def query(self) -> list[tuple[str, str]]:
        """The decoded parameters of the query string, in their order."""
        return parse_qsl(self.request.query, keep_blank_values=True)

    async def body(self) -> bytes:
        """All of the body. A handler that can take it part by part reads `request.body`, which is held to the same limit."""
        body = self.request.body
        if not isinstance(body, bytes):
            body = self.request.body = b"".join([part async for part in body])
        return body

    def is_same_origin(self) -> bool:
        """Tell whether no page of another origin is behind the request: it has no Origin, as clients that are no browsers,
        or that of the host it was sent to. For a WebSocket nothing else keeps pages out (RFC 6455, 10.2)."""
        origin = self.request.headers.get("origin")
        if origin is None:
            return True
        parts = urlsplit(origin)
        return bool(parts.netloc) and _authority(parts.netloc, parts.scheme) == _authority(
            self.request.headers.get("host", ""), self.request.scheme
        )

    async def authorize(
        self, action: str, arn: str, keys: Mapping[str, str] | None = None, caller: Caller | None = None
    ) -> None:
        """Raise AccessDenied unless the caller may do `action` on `arn`, which belongs to the account that it names. `caller`
        is for a `verify` that has just found it. An anonymous one is let in by a resource policy alone."""
        asks = caller or self.ctx.caller
        ctx = replace(self.ctx, caller=asks, account=Arn.parse(arn).account or asks.account)
        require = partial(_require, ctx, action, arn, keys or {})
        await ctx.platform.store.run(require, write=False)


def _require(ctx: Context, action: str, arn: str, keys: Mapping[str, str], tx: object) -> None:
    judged = replace(ctx, tx=tx)  # type: ignore[arg-type]
    judged.platform.authorizer.require(judged, action, (arn,), keys, {})


def _authority(netloc: str, scheme: str) -> tuple[str, str]:
    """Host and port, so that `Example.org.` and `example.org:443` of https are one."""
    after = netloc.rpartition("]")[2] if netloc.startswith("[") else netloc
    port = after.partition(":")[2] or {"https": "443", "http": "80"}.get(scheme, "")
    return host_of(netloc), port


def visit_of(ctx: Context, site: Site, request: Request, labels: Mapping[str, str]) -> Visit:
    """Return the visit of a request. Raise BadRequest for a path that no handler should see."""
    segments = segments_of(request.path[len(site.place.path) :] or "/")
    return Visit(ctx, site, request, labels, segments)
