"""Which encryption a request asks for, by its headers. Knows no bucket and no key of the platform."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any, NamedTuple

import orjson

from clary.kernel import AwsError
from clary.services.s3 import errors
from clary.services.s3.encryption.cipher import AES, CUSTOMER, DSSE, WITH_KMS

Params = dict[str, Any]

_HEADER = "x-amz-server-side-encryption"
_KEY_BYTES = 32


class CustomerKey(NamedTuple):
    """A key that came with a request, and its MD5 in base64, as answers show it."""

    key: bytes
    md5: str


class Wanted(NamedTuple):
    """`kind` is '' where the request says nothing. `kms_key` is as it was given, '' for S3's key in KMS. `context` is the
    encryption context, `given` how it was given. `bucket_key` is None where the bucket decides."""

    kind: str = ""
    kms_key: str = ""
    context: tuple[tuple[str, str], ...] = ()
    given: str = ""
    bucket_key: bool | None = None
    customer: CustomerKey | None = None


NOTHING = Wanted()
_MEMBERS = frozenset(
    (
        "ServerSideEncryption", "SSEKMSKeyId", "SSEKMSEncryptionContext", "BucketKeyEnabled",
        "SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5",
    )
)  # fmt: skip


def of(params: Params) -> Wanted:
    """Return what an upload asks for. Raise InvalidArgument or InvalidEncryptionAlgorithmError."""
    if _MEMBERS.isdisjoint(params):
        return NOTHING
    kind, customer = params.get("ServerSideEncryption") or "", customer_key(params)
    if kind and customer:
        message = "Server Side Encryption with Customer provided key is incompatible with the encryption method specified"
        raise errors.invalid_argument(message, _HEADER, kind)
    if kind not in ("", AES, *WITH_KMS):
        raise errors.invalid_argument("The encryption method specified is not supported", _HEADER, kind)
    if kind not in WITH_KMS and (params.get("SSEKMSKeyId") or params.get("SSEKMSEncryptionContext")):
        message = "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms"
        raise errors.invalid_argument(message, _HEADER, kind or None)
    given = params.get("SSEKMSEncryptionContext") or ""
    return Wanted(
        CUSTOMER if customer else kind,
        params.get("SSEKMSKeyId") or "",
        _context(given) if given else (),
        given,
        False if kind == DSSE else params.get("BucketKeyEnabled"),
        customer,
    )


def customer_key(params: Params, prefix: str = "") -> CustomerKey | None:
    """Return the key that a request brings, or None. `prefix` is `CopySource` for the key of a copy's source.

    Raise InvalidArgument or InvalidEncryptionAlgorithmError for one that is not whole.
    """
    algorithm, text = params.get(f"{prefix}SSECustomerAlgorithm"), params.get(f"{prefix}SSECustomerKey")
    if algorithm is None and text is None:
        return None
    md5 = params.get(f"{prefix}SSECustomerKeyMD5")
    if algorithm is None:
        raise _bad_key(
            "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption "
            "algorithm."
        )
    if algorithm != AES:
        raise _bad_algorithm(algorithm)
    if text is None:
        raise _bad_key(
            "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret "
            "key."
        )
    return _checked(_decoded(text), md5)


def _checked(key: bytes, md5: str | None) -> CustomerKey:
    if len(key) != _KEY_BYTES or md5 is None:
        raise _bad_key("The secret key was invalid for the specified algorithm.")
    found = base64.b64encode(hashlib.md5(key, usedforsecurity=False).digest()).decode()
    if md5 != found:
        raise _bad_key("The calculated MD5 hash of the key did not match the hash that was provided.")
    return CustomerKey(key, found)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""


def _bad_key(message: str) -> AwsError:
    return AwsError("InvalidArgument", message, 400, {"ArgumentName": _HEADER})


def _bad_algorithm(algorithm: str) -> AwsError:
    message = "The Encryption request you specified is not valid. Supported value: AES256."
    members = {"ArgumentName": _HEADER, "ArgumentValue": algorithm}
    return AwsError("InvalidEncryptionAlgorithmError", message, 400, members)


def _context(given: str) -> tuple[tuple[str, str], ...]:
    """Return the encryption context of a header: base64 of a JSON object of texts."""
    try:
        found = orjson.loads(_decoded(given))
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        message = (
            "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which "
            "represents a string-string map"
        )
        raise errors.invalid_argument(message, "x-amz-server-side-encryption-context", given)
    return tuple(sorted(found.items()))
