"""Checksums of objects: which the client claims, how they are written down, how they are answered.

A stored sum is the text `ALGORITHM TYPE VALUE` (`CRC32 FULL_OBJECT i9aeUg==`), '' for none. Knows no body.
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
    """What a client says of the body that it sends: `value` is base64, None when it follows in the trailer or when
    only the algorithm was named; `md5` the digest of Content-MD5; `part` whether the body is one of an upload's."""

    algorithm: str | None = None
    value: str | None = None
    trailing: bool = False
    md5: bytes | None = None
    md5_given: str = ""
    part: bool = False


def claim_of(params: Mapping[str, Any], request: Request | None) -> Claim:
    """The claim of an upload. Raises InvalidRequest or InvalidDigest for one that cannot be true of any body."""
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
    """The ChecksumAlgorithm of a call, if it names one that is here."""
    named = params.get("ChecksumAlgorithm")
    if named is None:
        return None
    if named not in LENGTHS:
        raise errors.invalid_request(_UNSUPPORTED)
    return named


def given_sum(params: Mapping[str, Any]) -> tuple[str, str] | None:
    """The one x-amz-checksum-* value of a call, as (algorithm, base64)."""
    if any(f"Checksum{other}" in params for other in _OTHERS):
        raise errors.invalid_request(_UNSUPPORTED)
    found = [(name, params[f"Checksum{name}"]) for name in LENGTHS if f"Checksum{name}" in params]
    if len(found) > 1:
        raise errors.invalid_request(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    return found[0] if found else None


def check_value(algorithm: str, value: str) -> None:
    """Raises InvalidRequest unless the text is base64 of as many bytes as the algorithm has."""
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
    """`ChecksumCRC32` and `ChecksumType` of a stored sum; nothing where there is none."""
    if not stored:
        return {}
    algorithm, kind, value = stored.split(" ")
    return {f"Checksum{algorithm}": value, "ChecksumType": kind}


def is_composite(stored: str) -> bool:
    """Whether a stored sum is one over the sums of parts."""
    return f" {COMPOSITE} " in stored


def whole_members_of(stored: str) -> dict[str, str]:
    """As GetObjectAttributes shows a sum: a composite one without the `-N` that counts its parts."""
    return {name: value.split("-")[0] for name, value in members_of(stored).items()}
