"""The life of a request:

    bytes -> signature -> caller -> route -> limits -> parse -> check -> authorise -> handler -> bytes

Nothing is parsed or unpacked before the signature holds, and nothing that is not signed says whose a request is. Knows the
wire and the platform; knows no service.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from clary.kernel import AwsError, Caller
from clary.plane import Platform
from clary.plane.action import Action
from clary.plane.answered import Answered, Hear
from clary.plane.authorization.unsigned import admit
from clary.plane.context import Context
from clary.server import credentials, documents
from clary.server.cross_origin import CrossOrigin
from clary.server.form_uploads import FormUploads
from clary.server.http.body import Body
from clary.server.http.respond import begin_body
from clary.server.sites import Sites
from clary.server.version_2 import in_region_of_bucket
from clary.store.api import NoSpace
from clary.wire import (
    Exchange,
    NotRead,
    Request,
    Response,
    Router,
    Signature,
    chunked,
    form_data,
    home_region,
    sigv2,
    sigv4,
    unsigned,
)
from clary.wire.dialect import spoken
from clary.wire.signature import V4
from clary.wire.signed import Version2, read, region_of

log = logging.getLogger("clary.gateway")


class Local(Protocol):
    """The platform's own API (local_api)."""

    @property
    def names(self) -> tuple[str, ...]: ...
    def serves(self, request: Request) -> bool: ...
    async def __call__(self, request: Request) -> Response: ...


_WHOLE = 1 << 20  # bytes of a body that the platform's own API takes
_SHA256_DIGITS = 64


class _Call:
    """One request under way, and what is known of it so far."""

    __slots__ = ("began", "caller", "code", "exchange", "id", "is_local", "request", "signature")

    def __init__(self, request: Request, id: str) -> None:
        self.request = request
        self.id = id
        self.signature: Signature | None = None
        self.exchange: Exchange | None = None
        self.is_local = False  # for the platform's own API, or a site
        self.caller: Caller | None = None
        self.code = ""  # of an error
        self.began = 0.0  # where somebody is told


class Gateway:
    """Answers requests. `local` answers `/_clary/...`. The platform's server (http/) calls `answer`."""

    def __init__(self, platform: Platform, router: Router, local: Local) -> None:
        settings = platform.settings
        self.platform = platform
        self.router = router
        self.local = local
        self.cross_origin = CrossOrigin(platform, router)
        self.sites = Sites(platform, local.names)
        self._version_2: Version2 = settings.s3_signature_v2
        self._home = home_region(settings.partition)
        self.forms = FormUploads(platform, self._home, version_2=self._version_2 != "off")
        self._regions = settings.regions

    async def answer(self, request: Request, body: Body | None = None) -> Response:
        """Answer a request, and every failure in the words of its protocol. Raise only if the client has gone. `body` is what is still to be
        read, which the request holds as well; None where the request has it already."""
        call = _Call(request, self.platform.ids.uuid())
        if told := self.platform.answered:
            call.began = self.platform.clock.now()
        try:
            response = await self._perform(call)
            if type(response.body) is not bytes and request.method != "HEAD":
                await begin_body(response)
        except (ConnectionError, ssl.SSLError):
            raise
        except Exception as error:
            refusal = _known(call, error)
            call.code = refusal.code
            response = await self._refuse(call, refusal)
        if "origin" in request.headers and request.method != "OPTIONS" and not call.is_local:
            await self.cross_origin.show(request, response, call.signature)
        if told and call.exchange is not None and call.caller is not None:
            _tell(told, self._answered(call, call.exchange, call.caller, response))
        return response

    def _answered(self, call: _Call, exchange: Exchange, caller: Caller, response: Response) -> Answered:
        return Answered(
            call.request, exchange.operation, exchange.labels, call.signature, caller, call.id, call.began,
            self.platform.clock.now() - call.began, call.code, response,
        )  # fmt: skip

    async def _perform(self, call: _Call) -> Response:
        request = call.request
        if self.local.serves(request):
            call.is_local = True
            await documents.gather(request, _WHOLE, "query")
            return await self.local(request)
        if (site := self.sites.find(request)) is not None:
            call.is_local = True
            return await self.sites.answer(site, request, call.id)
        if form_data.is_form(request) and not request.query and "authorization" not in request.headers:
            return await self._form(request, call.id)
        if request.method == "OPTIONS":
            return await self.cross_origin.preflight(request, call.id)
        signature = call.signature = read(request, self._version_2)
        service = signature.service if signature else None
        if self.router.takes_reading(request, service):
            await asyncio.to_thread(self.router.read, request, service)
        if signature is None:
            service = await self._unsigned_service(request)
            caller = Caller.anonymous() if service else self._anonymous(request)
        else:
            caller = self._verified(request, signature) or await self._verify(request, signature)
        call.caller = caller
        sent = request.body
        exchange = call.exchange = self._found(request, service) or await self._match(request, service)
        if signature is None:
            self._refuse_unsigned(exchange, request)
        elif signature.region not in self._regions:
            call.signature = await self._in_a_region(request, signature, exchange)
        ctx, action = self._context(call, exchange, caller)
        if exchange.operation.streams_in or (signature is not None and documents.is_small(request, sent)):
            params = documents.parsed(exchange, request)
        else:
            params = await self._document(ctx, action, exchange, sent)
        return await self.platform.answer(
            ctx, action, params, lambda result: exchange.render(result, call.id)
        )

    async def _form(self, request: Request, id: str) -> Response:
        """Answer an upload by POST of a form, which names no operation."""

        async def match(inner: Request) -> Exchange:
            return await self._match(inner, None)

        return await self.forms.answer(request, self.router.bucket_in_path(request), id, match)

    def _found(self, request: Request, service: str | None) -> Exchange | None:
        """Return the operation that a request is for, or None if it takes longer to tell. Raise AwsError if there is none."""
        try:
            found = self.router.find(request, service)
            if found is None and not self.router.refusal_reads(request, service):
                raise self.router.refusal(request, service)
            return found
        except NotRead:
            return None

    async def _match(self, request: Request, service: str | None) -> Exchange:
        """Return the operation that a request is for; its service is loaded by then. Raise AwsError if there is none."""
        try:
            found = self.router.find(request, service)
            if found is None:
                raise await asyncio.to_thread(self.router.refusal, request, service)
            return found
        except NotRead as unread:
            wanted = unread.services
        for name in wanted:
            self.router.add((await self.platform.registry.ready(name)).model)
        return await self._match(request, service)

    def _context(self, call: _Call, exchange: Exchange, caller: Caller) -> tuple[Context, Action]:
        """Return what a handler gets, and the action. Raise NotImplemented for an operation without a handler."""
        operation, signature = exchange.operation, call.signature
        action = self.platform.action(operation.service.name, operation.name)
        region = self._home if signature is None else signature.region
        now = self.platform.clock.now()
        ctx = Context(
            self.platform,
            caller,
            caller.account,
            region,
            now,
            operation,
            call.id,
            request=call.request,
            signature=signature,
        )
        return ctx, action

    async def _document(
        self, ctx: Context, action: Action, exchange: Exchange, sent: documents.Bytes
    ) -> dict[str, Any]:
        """Return the parameters of a request whose body is large, still to come, compressed or unsigned."""
        request: Request = ctx.request  # type: ignore[assignment]
        if ctx.signature is None and request.body and not unsigned.is_unsigned(exchange.operation):
            # An unsigned call is judged by its path, query and headers, before its document costs anything.
            head = exchange.parse(replace(request, body=b""))
            await self.platform.store.run(lambda tx: admit(replace(ctx, tx=tx), action, head), write=False)
        if documents.is_small(request, sent):
            return documents.parsed(exchange, request)
        return await documents.read(exchange, request, sent)

    # who -------------------------------------------------------------------------------------------------------

    def _anonymous(self, request: Request) -> Caller:
        if spoken(request) != "rest":
            raise credentials.missing(request, self.router)
        if chunked.is_chunked(request):
            request.body = chunked.decode(documents.parts(request.body), request, None, None)
        return Caller.anonymous()

    async def _unsigned_service(self, request: Request) -> str | None:
        """Return the service of a Query request that clients do not sign, None for any other request."""
        if not unsigned.may_be(request):
            return None
        await documents.gather(request, unsigned.LARGEST, "query")
        return unsigned.service_of(request)

    def _refuse_unsigned(self, exchange: Exchange, request: Request) -> None:
        """Raise MissingAuthenticationToken unless the operation or the service takes requests that nobody signed."""
        if unsigned.is_unsigned(exchange.operation):
            return
        if not self.platform.services[exchange.operation.service.name].access.unsigned:
            raise credentials.missing(request, self.router)

    def _verified(self, request: Request, signature: Signature) -> Caller | None:
        """Return the caller whose key signed the request, or None if the key must be looked up or the body must be read."""
        credential = self.platform.authorizer.known_credential(signature.access_key_id)
        if credential is None or type(request.body) is not bytes:
            return None
        self._check_region(request, signature)
        now = self.platform.clock.now()
        credentials.usable(credential, signature, now, request, self.router)
        self._check_signature(request, signature, credential.secret, now)
        return credential.caller

    async def _verify(self, request: Request, signature: Signature) -> Caller:
        """Return the caller whose key signed the request."""
        self._check_region(request, signature)
        found = await self.platform.authorizer.credential(signature.access_key_id)
        now, service = self.platform.clock.now(), signature.service
        credential = credentials.usable(found, signature, now, request, self.router)
        if type(request.body) is not bytes and not signature.streams_body:
            _, protocol = self.router.guess(request, service)
            await documents.gather(request, self.router.largest(request, service), protocol)
        self._check_signature(request, signature, credential.secret, now)
        return credential.caller

    def _check_region(self, request: Request, signature: Signature) -> None:
        if signature.region not in self._regions and signature.scheme == V4:
            region_of(request, signature, self._home)

    def _check_signature(self, request: Request, signature: Signature, secret: str, now: float) -> None:
        """Raise AwsError unless `secret` signed the request. A body that S3 streams is checked while it is read."""
        if signature.scheme == V4:
            sigv4.verify(request, signature, secret, now)
            if signature.streams_body:
                self._unwrap_body(request, signature, secret)
        else:
            sigv2.verify(request, signature, secret, now, self.router.bucket_in_path(request))

    async def _in_a_region(self, request: Request, signature: Signature, exchange: Exchange) -> Signature:
        """Return the signature with one of the platform's regions: the bucket's for Version 2, else the home region."""
        if signature.scheme == V4:
            return signature._replace(region=region_of(request, signature, self._home))
        return await in_region_of_bucket(self.platform, signature, exchange.labels, self._home)

    def _unwrap_body(self, request: Request, signature: Signature, secret: str) -> None:
        """Decode and verify a chunked body while it is read; hold a streamed one to the hash that was signed."""
        if chunked.is_chunked(request):
            key = sigv4.signing_key(secret, signature.date, signature.region, signature.service)
            request.body = chunked.decode(documents.parts(request.body), request, signature, key)
        elif not isinstance(request.body, bytes) and len(signature.payload_hash or "") == _SHA256_DIGITS:
            request.body = sigv4.hashed(request.body, signature.payload_hash or "")

    # no --------------------------------------------------------------------------------------------------------

    async def _refuse(self, call: _Call, error: AwsError) -> Response:
        if call.exchange is not None:
            return call.exchange.render_error(error, call.id)
        service = call.signature.service if call.signature else None
        if self.router.takes_reading(call.request, service):
            await asyncio.to_thread(self.router.read, call.request, service)
        return self.router.error_without_match(call.request, error, call.id, service)


def _tell(told: Sequence[Hear], answered: Answered) -> None:
    """Tell those who want to hear of each answer. What they raise is logged and otherwise ignored."""
    for hear in told:
        try:
            hear(answered)
        except Exception:
            log.exception("what hears of answers has failed")


def _known(call: _Call, error: Exception) -> AwsError:
    """Return the error that a client is told for a raised one. Log everything that is not an AwsError."""
    if isinstance(error, AwsError):
        return error
    request = call.request
    if isinstance(error, NoSpace):
        log.error("no space left for %s %s", request.method, request.path)
        return AwsError("ServiceUnavailable", "There is no space left on the device.", 503)
    log.exception("%s %s failed", request.method, request.path)
    return _internal(call.exchange)


def _internal(exchange: Exchange | None) -> AwsError:
    """S3 has a word of its own for it (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html)."""
    s3 = exchange is not None and exchange.operation.service.name == "s3"
    code = "InternalError" if s3 else "InternalFailure"
    return AwsError(code, "We encountered an internal error. Please try again.", 500)
