"""Store the body of an upload: count it, hash it, check the client's claims, keep it in the row or as a blob.

Knows nothing of buckets and keys. The bytes are durable before a row refers to them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, NamedTuple

from clary.kernel import AwsError
from clary.objects.api import ObjectStore
from clary.objects.encryption import Keys, encrypt
from clary.services.s3 import errors, object_checksums
from clary.services.s3.object_checksums import Claim
from clary.wire import checksums

if TYPE_CHECKING:
    from clary.wire import Request

Body = bytes | AsyncIterator[bytes]

# Bodies up to this size are stored in the row, so that one read returns them (docs/decisions/0006-s3.md).
INLINE = 8 << 10
LARGEST = 5 << 30
_SIZE = re.compile(r"\d{1,19}", re.ASCII)


class StoredBody(NamedTuple):
    """A body that was stored.

    `md5` is in hexadecimal, `sum` its checksum (base64) by `algorithm`. The bytes are in `body`, or
    in the blob `blob` if that is not ''. `claimed` is the checksum that the client gave, or ''.
    """

    size: int
    md5: str
    algorithm: str
    sum: str
    blob: str
    body: bytes | None
    claimed: str = ""

    @property
    def full_sum(self) -> str:
        return object_checksums.text_of(self.algorithm, object_checksums.FULL, self.sum)


async def store(
    objects: ObjectStore,
    body: Body,
    claim: Claim,
    algorithm: str,
    announced: int | None,
    keys: Keys = (),
    inline: int = INLINE,
) -> StoredBody:
    """Store a whole body, encrypted where there are keys, and return what is known of it.

    `algorithm` is the checksum to keep, which may differ from the claimed one. `announced` is the size that
    the client announced, or None. Raise BadDigest, InvalidRequest, IncompleteBody or EntityTooLarge, and then
    leave nothing behind.
    """
    if claim.value is not None and claim.algorithm is not None:
        object_checksums.check_value(claim.algorithm, claim.value)
    if announced is not None and announced > LARGEST:
        raise errors.entity_too_large(announced, LARGEST)
    hasher = BodyHasher(claim, algorithm, body, announced)
    if not isinstance(body, bytes) and announced is not None and announced <= inline:
        body = b"".join([part async for part in body])
    if isinstance(body, bytes):
        hasher.update(body)
        hasher.check()
        if len(body) <= inline:
            digest = hashlib.md5(body, usedforsecurity=False).digest()
            check_md5(claim, digest)
            lies = encrypt(keys, body) if keys else body
            return StoredBody(len(body), digest.hex(), algorithm, hasher.sum(), "", lies, hasher.claimed)
    return await _store(objects, body, hasher, keys)


async def _store(objects: ObjectStore, body: Body, hasher: BodyHasher, keys: Keys) -> StoredBody:
    blob = await objects.put(body if isinstance(body, bytes) else hasher.through(body), keys)
    try:
        check_md5(hasher.claim, bytes.fromhex(blob.md5))
    except AwsError:
        await objects.delete(blob.key)
        raise
    return StoredBody(blob.size, blob.md5, hasher.algorithm, hasher.sum(), blob.key, None, hasher.claimed)


def announced_size(request: Request | None, body: Body) -> int | None:
    """Return the body size that a request announces. Raise MissingContentLength if S3 requires one."""
    if request is None or request.method == "POST":  # a form, whose file ends where it ends
        return len(body) if isinstance(body, bytes) else None
    headers = request.headers
    if headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        text = headers.get("x-amz-decoded-content-length", "")
    elif isinstance(body, bytes) and (body or "content-length" in headers):
        return len(body)
    elif "transfer-encoding" in headers:
        message = "A header you provided implies functionality that is not implemented"
        raise AwsError("NotImplemented", message, 501, {"Header": "Transfer-Encoding"})
    else:
        text = headers.get("content-length", "")
    if not _SIZE.fullmatch(text):
        raise AwsError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
    return int(text)


def check_md5(claim: Claim, digest: bytes) -> None:
    if claim.md5 is not None and claim.md5 != digest:
        # PutObject shows the expected digest in hexadecimal, UploadPart as the client gave it.
        members = {
            "ExpectedDigest": claim.md5_given if claim.part else claim.md5.hex(),
            "CalculatedDigest": base64.b64encode(digest).decode(),
        }
        raise AwsError(
            "BadDigest", "The Content-MD5 you specified did not match what we received.", 400, members
        )


class BodyHasher:
    """Counts and hashes the chunks of a body and checks them against the client's claims."""

    def __init__(self, claim: Claim, algorithm: str, source: Any, announced: int | None) -> None:
        self.claim = claim
        self.algorithm = algorithm
        self.size = 0
        self.claimed = ""
        self._source = source
        self._announced = announced
        self._kept = checksums.new(algorithm)
        other = claim.algorithm if claim.algorithm != algorithm else None
        self._claimed = checksums.new(other) if other else self._kept

    def update(self, part: bytes) -> None:
        self.size += len(part)
        if self.size > LARGEST:
            raise errors.entity_too_large(self.size, LARGEST)
        self._kept.update(part)
        if self._claimed is not self._kept:
            self._claimed.update(part)

    async def through(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yield the chunks of a body, then raise if the body does not match the claims."""
        async for part in body:
            self.update(part)
            yield part
        self.check()

    def sum(self) -> str:
        """Return the checksum to keep, in base64."""
        return checksums.encoded(self._kept)

    def check(self) -> None:
        """Raise unless the size and the checksum are as announced."""
        if self._announced is not None and self.size != self._announced:
            message = "You did not provide the number of bytes specified by the Content-Length HTTP header"
            raise AwsError("IncompleteBody", message)
        claim = self.claim
        expected = self._trailing_value() if claim.trailing else claim.value
        if claim.algorithm is None or expected is None:
            return
        object_checksums.check_value(claim.algorithm, expected)
        if expected != checksums.encoded(self._claimed):
            message = f"The {claim.algorithm} you specified did not match the calculated checksum."
            raise AwsError("BadDigest", message)
        self.claimed = expected

    def _trailing_value(self) -> str:
        trailers = getattr(self._source, "trailers", None) or {}
        name = f"x-amz-checksum-{str(self.claim.algorithm).lower()}"
        if name not in trailers:
            raise AwsError(
                "MalformedTrailerError", "The request contained trailing data that was not well-formed"
            )
        return trailers[name]
