"""The life of a request: bytes -> route -> signature -> caller -> parse -> check -> authorise -> handler -> bytes.

Nothing else happens in between. Knows the wire and the platform; knows no service.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from clary.kernel import AwsError, Caller
from clary.plane import Platform
from clary.plane.authorize import Credential
from clary.server.body import Body
from clary.server.cross_origin import CrossOrigin
from clary.server.respond import send_response
from clary.store.api import NoSpace
from clary.wire import Exchange, Request, Response, Router, chunked, sigv2, sigv4
from clary.wire.sigv2 import SignatureV2

log = logging.getLogger("clary.gateway")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Signature = sigv4.Signature | SignatureV2


class Local(Protocol):
    """The platform's own API (local_api)."""

    def serves(self, request: Request) -> bool: ...
    async def __call__(self, request: Request) -> Response: ...


# Larger bodies of S3 uploads are streamed; all others are read whole, up to the largest that AWS takes anywhere
# (25 MB for InvokeEndpoint) with room to spare.
_WHOLE = 1 << 20
_LARGEST = 64 << 20
_DEFAULT_REGION = "us-east-1"
_UNSIGNED = {"s3"}
_SHA256_DIGITS = 64


class Gateway:
    """Answers requests. `local` answers `/_clary/...`. Our own server (http.py) calls `answer`; to any other it is an
    ASGI application."""

    def __init__(self, platform: Platform, router: Router, local: Local) -> None:
        self.platform = platform
        self.router = router
        self.local = local
        self.cross_origin = CrossOrigin(platform, router)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = Body(receive)
        request = request_of(scope, body)
        response = await self.answer(request, body)
        if not body.is_read:
            # An answer before the end of the request leaves bytes that must not be taken for the next one.
            response.headers.append(("connection", "close"))
        await send_response(send, response, head_only=request.method == "HEAD")

    async def answer(self, request: Request, body: Body | None = None) -> Response:
        """Every request gets an answer, and every failure is one in the protocol's own words. `body` is None where the
        request has it already."""
        response = await self._answer(request, body)
        if "origin" in request.headers and request.method != "OPTIONS" and not self.local.serves(request):
            await self.cross_origin.show(request, response)
        return response

    async def _answer(self, request: Request, body: Body | None) -> Response:
        request_id = self.platform.ids.uuid()
        exchange: Exchange | None = None
        try:
            if body is not None:
                await self._read_small(request, body)
            if self.local.serves(request):
                return await self.local(request)
            if request.method == "OPTIONS":
                return await self.cross_origin.preflight(request, request_id)
            exchange = self.router.match(request)
            if body is not None and not isinstance(request.body, bytes) and not exchange.operation.streams_in:
                request.body = await body.whole(_LARGEST)
            return await self._perform(exchange, request, request_id)
        except AwsError as error:
            return self._refuse(exchange, request, error, request_id)
        except NoSpace:
            log.error("no space left for %s %s", request.method, request.path)
            error = AwsError("ServiceUnavailable", "There is no space left on the device.", 503)
            return self._refuse(exchange, request, error, request_id)
        except (ConnectionError, ssl.SSLError):
            raise
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            return self._refuse(exchange, request, _internal(exchange), request_id)

    async def _read_small(self, request: Request, body: Body) -> None:
        """What is small, and what only its body can route, is read before routing."""
        length = int(request.headers.get("content-length") or 0)
        if length > _WHOLE and request.method in ("PUT", "POST") and _may_stream(request):
            return
        if "transfer-encoding" in request.headers and _may_stream(request):
            return
        request.body = await body.whole(_LARGEST)

    async def _perform(self, exchange: Exchange, request: Request, request_id: str) -> Response:
        signature = sigv2.read(request) or sigv4.read(request)
        if signature is None:
            caller, region = self._anonymous(exchange, request), _DEFAULT_REGION
        else:
            caller, region = await self._verify(exchange, request, signature), signature.region
        operation = exchange.operation
        if not operation.streams_in and not isinstance(request.body, bytes):
            await _gather(request, request.body)
        params = exchange.parse(request)
        operation.check(params)
        action = self.platform.action(operation.service.name, operation.name)
        ctx = self.platform.context(operation.service.name, operation.name, caller, region)
        ctx.request_id = request_id
        ctx.request = request
        if action.heavy and action.is_heavy(params):
            return await self.platform.read_heavily(
                ctx, action, params, lambda result: exchange.render(result, request_id)
            )
        result = await self.platform.run(ctx, action, params)
        return exchange.render(result, request_id)

    def _anonymous(self, exchange: Exchange, request: Request) -> Caller:
        if exchange.operation.service.name not in _UNSIGNED:
            raise _refused(exchange, "MissingAuthenticationToken", "Request is missing Authentication Token")
        if chunked.is_chunked(request):
            request.body = chunked.decode(_parts(request.body), request, None, None)
        return Caller.anonymous()

    async def _verify(self, exchange: Exchange, request: Request, signature: Signature) -> Caller:
        credential = await self.platform.authorizer.credential(signature.access_key_id)
        now = self.platform.clock.now()
        credential = sigv4_credential(exchange, credential, signature, now)
        if isinstance(signature, SignatureV2):
            sigv2.verify(request, signature, credential.secret, now, self.router.bucket_in_path(request))
        else:
            sigv4.verify(request, signature, credential.secret, now)
            self._unwrap_body(request, signature, credential.secret)
        return credential.caller

    def _unwrap_body(self, request: Request, signature: sigv4.Signature, secret: str) -> None:
        """A chunked body is decoded and verified as it is read; a streamed one is held to the hash that was signed."""
        if chunked.is_chunked(request):
            key = sigv4.signing_key(secret, signature.date, signature.region, signature.service)
            request.body = chunked.decode(_parts(request.body), request, signature, key)
        elif not isinstance(request.body, bytes) and len(signature.payload_hash or "") == _SHA256_DIGITS:
            request.body = sigv4.hashed(request.body, signature.payload_hash or "")

    def _refuse(
        self, exchange: Exchange | None, request: Request, error: AwsError, request_id: str
    ) -> Response:
        if exchange is None:
            return self.router.error_without_match(request, error, request_id)
        return exchange.render_error(error, request_id)


def _internal(exchange: Exchange | None) -> AwsError:
    """S3 has a word of its own for it (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html)."""
    s3 = exchange is not None and exchange.operation.service.name == "s3"
    code = "InternalError" if s3 else "InternalFailure"
    return AwsError(code, "We encountered an internal error. Please try again.", 500)


def sigv4_credential(
    exchange: Exchange, credential: Credential | None, signature: Signature, now: float
) -> Credential:
    """The credential of a signature, or AWS's refusal: unknown, inactive, wrong token, expired."""
    s3 = exchange.operation.service.name == "s3"
    given = signature.token or ""
    # A session's key without its token is nobody's key.
    if credential is None or not credential.active or (credential.token and not given):
        raise _unknown_key(signature) if s3 else _unknown_client(exchange)
    if (credential.token or "") != given:
        message = "The provided token is malformed or otherwise invalid."
        raise AwsError("InvalidToken", message) if s3 else _unknown_client(exchange)
    if credential.expires is not None and now >= credential.expires:
        if s3:
            raise AwsError("ExpiredToken", "The provided token has expired.")
        raise _refused(exchange, "ExpiredToken", "The security token included in the request is expired")
    return credential


def _unknown_key(signature: Signature) -> AwsError:
    message = "The AWS Access Key Id you provided does not exist in our records."
    return AwsError("InvalidAccessKeyId", message, 403, {"AWSAccessKeyId": signature.access_key_id})


def _unknown_client(exchange: Exchange) -> AwsError:
    code = "InvalidClientTokenId" if _speaks_query(exchange) else "UnrecognizedClient"
    return _refused(exchange, code, "The security token included in the request is invalid.")


def _refused(exchange: Exchange, code: str, message: str) -> AwsError:
    """Query services answer 403 and the bare code, the others code + Exception; JSON's status is always 400."""
    if _speaks_query(exchange):
        return AwsError(code, message, 403)
    return AwsError(f"{code}Exception", message, 400 if exchange.protocol == "json" else 403)


def _speaks_query(exchange: Exchange) -> bool:
    """Whether the service speaks Query, or did once and kept its codes (awsQueryCompatible)."""
    model = exchange.operation.service
    return model.protocols[0] in ("query", "ec2") or model.query_compatible


def _may_stream(request: Request) -> bool:
    """Only S3 uploads are streamed in, and those are PUTs that neither a target nor a form routes."""
    return request.method == "PUT" and "x-amz-target" not in request.headers


async def _parts(body: bytes | AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if isinstance(body, bytes):
        yield body
    else:
        async for part in body:
            yield part


async def _gather(request: Request, body: AsyncIterator[bytes]) -> None:
    """The whole of a document that came in chunks, and among its headers the sums that came behind it."""
    request.body = b"".join([part async for part in body])
    trailers = body.trailers if isinstance(body, chunked.Decoded) else {}
    sums = {name: value for name, value in trailers.items() if name.startswith("x-amz-checksum-")}
    request.headers.update(sums)


def request_of(scope: Scope, body: Body) -> Request:
    """The request of an ASGI scope."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    return Request(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
        scheme=scope["scheme"],
        client=scope["client"][0] if scope.get("client") else None,
    )
