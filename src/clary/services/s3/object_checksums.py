"""Checksums of objects: what the client claims, how they are stored, how they are returned.

A stored checksum is the text `ALGORITHM TYPE VALUE` (`CRC32 FULL_OBJECT i9aeUg==`), or ''. Reads no body.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from clary.kernel import AwsError
from clary.services.s3 import errors

if TYPE_CHECKING:
    from clary.wire import Request

LENGTHS = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32}
DEFAULT = "CRC64NVME"
FULL, COMPOSITE = "FULL_OBJECT", "COMPOSITE"
_OTHERS = ("SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128")
_UNSUPPORTED = (
    "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
    "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
)


class Claim(NamedTuple):
    """What a client claims about the body that it sends.

    `value` is base64, or None if the checksum follows in the trailer or only the algorithm is named. `md5` is
    the digest in Content-MD5. `part` says whether the body is a part of a multipart upload.
    """

    algorithm: str | None = None
    value: str | None = None
    trailing: bool = False
    md5: bytes | None = None
    md5_given: str = ""
    part: bool = False


def claim_of(params: Mapping[str, Any], request: Request | None) -> Claim:
    """Return the claim of an upload. Raise InvalidRequest or InvalidDigest if it is malformed or contradicts
    itself."""
    named = named_algorithm(params)
    given = given_sum(params)
    trailing = None if request is None else _trailer(request)
    if given and (named is None or named == given[0]):
        return Claim(given[0], given[1], False, *_md5(params))
    if given:
        raise errors.invalid_request("Value for x-amz-sdk-checksum-algorithm header is invalid.")
    if trailing:
        return Claim(trailing, None, True, *_md5(params))
    if named and request is not None and "x-amz-sdk-checksum-algorithm" in request.headers:
        message = (
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer "
            "headers were found."
        )
        raise errors.invalid_request(message)
    return Claim(named, None, False, *_md5(params))


def named_algorithm(params: Mapping[str, Any]) -> str | None:
    """Return the ChecksumAlgorithm of a call or None. Raise InvalidRequest if Clary does not have the
    algorithm."""
    named = params.get("ChecksumAlgorithm")
    if named is None:
        return None
    if named not in LENGTHS:
        raise errors.invalid_request(_UNSUPPORTED)
    return named


def given_sum(params: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the x-amz-checksum-* value of a call as (algorithm, base64), or None. Raise InvalidRequest for
    several."""
    if any(f"Checksum{other}" in params for other in _OTHERS):
        raise errors.invalid_request(_UNSUPPORTED)
    found = [(name, params[f"Checksum{name}"]) for name in LENGTHS if f"Checksum{name}" in params]
    if len(found) > 1:
        raise errors.invalid_request(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    return found[0] if found else None


def check_value(algorithm: str, value: str) -> None:
    """Raise InvalidRequest unless `value` is base64 of a digest of the algorithm's length."""
    if len(_decode(value)) != LENGTHS[algorithm]:
        raise errors.invalid_request(f"Value for x-amz-checksum-{algorithm.lower()} header is invalid.")


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _trailer(request: Request) -> str | None:
    header = request.headers.get("x-amz-trailer", "").strip().lower()
    if not header:
        return None
    algorithm = header.removeprefix("x-amz-checksum-").upper()
    if algorithm not in LENGTHS:
        raise errors.invalid_request("The value specified in the x-amz-trailer header is not supported")
    return algorithm


def _md5(params: Mapping[str, Any]) -> tuple[bytes | None, str]:
    given = params.get("ContentMD5")
    if given is None:
        return None, ""
    digest = _decode(given)
    if len(digest) != 16:
        members = {"Content-MD5": given}
        raise AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.", 400, members)
    return digest, given


def text_of(algorithm: str, kind: str, value: str) -> str:
    return f"{algorithm} {kind} {value}"


def members_of(stored: str) -> dict[str, str]:
    """Return the `ChecksumCRC32` (or other algorithm) and `ChecksumType` members of a stored checksum."""
    if not stored:
        return {}
    algorithm, kind, value = stored.split(" ")
    return {f"Checksum{algorithm}": value, "ChecksumType": kind}


def is_composite(stored: str) -> bool:
    """Return whether a stored checksum is composite: computed over the checksums of parts."""
    return f" {COMPOSITE} " in stored


def whole_members_of(stored: str) -> dict[str, str]:
    """Return the members as GetObjectAttributes shows them: a composite value without its `-N` (number of
    parts)."""
    return {name: value.split("-")[0] for name, value in members_of(stored).items()}
