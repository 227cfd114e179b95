"""Bodies in `aws-chunked`: chunk signatures and trailers, undone and verified as they stream. Knows no storage.

    STREAMING-AWS4-HMAC-SHA256-PAYLOAD            10000;chunk-signature=<64 hex>\\r\\n <data> \\r\\n ... 0;chunk-sig...
    STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER    the same, then trailers and x-amz-trailer-signature
    STREAMING-UNSIGNED-PAYLOAD-TRAILER            10000\\r\\n <data> \\r\\n ... 0\\r\\n trailers

Data is handed on before the signature of its chunk is known: the reader must discard it when the iteration
raises. Source: "Signature calculations for the Authorization header: transferring a payload in multiple chunks"
(S3 API Reference).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import AsyncIterator

from clary.kernel import AwsError
from clary.wire.http import Request
from clary.wire.keyed_hash import keyed_hash
from clary.wire.sigv4 import Signature

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
_EMPTY = hashlib.sha256(b"").hexdigest()
_LONGEST_LINE = 8192  # bytes: a size and a signature, or one trailer
_MOST_TRAILERS = 16
_SIZE = re.compile(r"\d{1,19}", re.ASCII)
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?\s*")


def is_chunked(request: Request) -> bool:
    """Return whether the body of a request is in aws-chunked."""
    return request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-")


def decode(
    body: AsyncIterator[bytes], request: Request, signature: Signature | None, key: bytes | None
) -> Decoded:
    """Return the data of a chunked body. `key` is the derived signing key (`sigv4.signing_key`), for the
    signed forms.

    Iterating raises AwsError for a chunk or trailer that is not as signed, and for a body cut short.
    """
    kind = request.headers.get("x-amz-content-sha256", "")
    if kind not in (SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER):
        raise AwsError("NotImplemented", f"A payload of {kind} is not implemented.", 501)
    chain = None
    if kind != UNSIGNED_TRAILER:
        if signature is None or key is None:
            raise AwsError("AccessDenied", "Access Denied", 403)
        chain = _Chain(signature, key)
    expected = _decoded_length(request)
    return Decoded(_Lines(body), chain, expected, _announced(request), trailers=kind != SIGNED)


def _decoded_length(request: Request) -> int:
    said = request.headers.get("x-amz-decoded-content-length", "")
    if not _SIZE.fullmatch(said):
        raise AwsError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
    return int(said)


def _announced(request: Request) -> frozenset[str]:
    names = request.headers.get("x-amz-trailer", "").lower().split(",")
    return frozenset(name.strip() for name in names if name.strip())


class Decoded:
    """An async iterator of the data. `trailers` are there once it is at its end, by lower-case name."""

    def __init__(
        self, lines: _Lines, chain: _Chain | None, length: int, announced: frozenset[str], *, trailers: bool
    ) -> None:
        self.length = length  # bytes of data that the client announced
        self.trailers: dict[str, str] = {}
        self._lines = lines
        self._chain = chain
        self._announced = announced
        self._has_trailers = trailers

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        while size := await self._open_chunk():
            seen += size
            if seen > self.length:
                raise _broken()
            async for part in self._lines.take(size):
                if self._chain is not None:
                    self._chain.update(part)
                yield part
            await self._lines.expect_line_end()
            self._close_chunk()
        self._close_chunk()
        if seen != self.length:
            raise _broken()
        if self._has_trailers:
            await self._read_trailers()
        else:
            await self._lines.skip_blank()

    async def _open_chunk(self) -> int:
        found = _CHUNK.fullmatch(await self._lines.line())
        if found is None:
            raise _broken()
        if self._chain is not None:
            self._chain.open((found[2] or b"").decode())
        return int(found[1], 16)

    def _close_chunk(self) -> None:
        if self._chain is not None:
            self._chain.close()

    async def _read_trailers(self) -> None:
        lines = []
        while (line := await self._lines.line(at_end=b"")).strip():
            lines.append(line)
            if len(lines) > _MOST_TRAILERS:
                raise _bad_trailer()
        pairs = [line.decode("latin-1").partition(":") for line in lines]
        if not all(separator for _, separator, _ in pairs):
            raise _bad_trailer()
        found = {name.strip().lower(): value.strip() for name, _, value in pairs}
        signature = found.pop("x-amz-trailer-signature", "")
        if found.keys() != self._announced:
            raise _bad_trailer()
        if self._chain is not None and found:
            self._chain.check_trailers(found, signature)
        self.trailers = found


class _Chain:
    """The signatures of chunks, each of which takes in the one before it."""

    def __init__(self, signature: Signature, key: bytes) -> None:
        self._previous = signature.signature
        self._head = f"{signature.amz_date}\n{signature.scope}\n"
        self._key = key
        self._said = ""
        self._digest = hashlib.sha256()

    def open(self, said: str) -> None:
        self._said = said
        self._digest = hashlib.sha256()

    def update(self, part: bytes) -> None:
        self._digest.update(part)

    def close(self) -> None:
        text = f"AWS4-HMAC-SHA256-PAYLOAD\n{self._head}{self._previous}\n{_EMPTY}\n{self._digest.hexdigest()}"
        self._check(text, self._said)

    def check_trailers(self, trailers: dict[str, str], said: str) -> None:
        canonical = "".join(f"{name}:{value}\n" for name, value in sorted(trailers.items()))
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        self._check(f"AWS4-HMAC-SHA256-TRAILER\n{self._head}{self._previous}\n{digest}", said)

    def _check(self, text: str, said: str) -> None:
        found = keyed_hash(self._key).hexdigest(text.encode())
        if not hmac.compare_digest(found.encode(), said.encode()):
            sentence = "The request signature we calculated does not match the signature you provided. "
            raise AwsError("SignatureDoesNotMatch", sentence + "Check your key and signing method.", 403)
        self._previous = found


class _Lines:
    """A body as lines and stretches of bytes, whatever pieces it comes in."""

    def __init__(self, body: AsyncIterator[bytes]) -> None:
        self._body = aiter(body)
        self._piece = b""
        self._at = 0

    async def _more(self) -> bool:
        """Take the next piece behind what is left of this one; False at the end."""
        async for piece in self._body:
            if piece:
                self._piece = self._piece[self._at :] + piece if self._at < len(self._piece) else piece
                self._at = 0
                return True
        return False

    async def line(self, at_end: bytes | None = None) -> bytes:
        """Up to the next CRLF. `at_end` is what the end of the body gives, where that is no error."""
        while (end := self._piece.find(b"\r\n", self._at)) < 0:
            if len(self._piece) - self._at > _LONGEST_LINE:
                raise _broken()
            if not await self._more():
                if at_end is None or self._at < len(self._piece):
                    raise _broken()
                return at_end
        if end - self._at > _LONGEST_LINE:
            raise _broken()
        line = self._piece[self._at : end]
        self._at = end + 2
        return line

    async def take(self, size: int) -> AsyncIterator[bytes]:
        """Yield the next `size` bytes, in pieces that are copied only where a chunk ends within one."""
        while size:
            if self._at == len(self._piece) and not await self._more():
                raise _broken()
            end = min(self._at + size, len(self._piece))
            whole = self._at == 0 and end == len(self._piece)
            part = self._piece if whole else self._piece[self._at : end]
            size -= len(part)
            self._at = end
            yield part

    async def expect_line_end(self) -> None:
        if await self.line() != b"":
            raise _broken()

    async def skip_blank(self) -> None:
        """Read on to the end of the body, where there is nothing but a last line end."""
        while await self._more():
            pass
        if self._piece[self._at :].strip():
            raise _broken()


def _broken() -> AwsError:
    return AwsError("IncompleteBody", "The request body terminated unexpectedly")


def _bad_trailer() -> AwsError:
    sentence = "The request contained trailing data that was not well-formed or did not conform to our published schema."
    return AwsError("MalformedTrailerError", sentence)
