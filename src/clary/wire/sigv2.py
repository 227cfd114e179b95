"""S3's old query signatures (Version 2), which boto3 still makes for presigned URLs by default: HMAC-SHA1 over a
canonical resource (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html)."""

from __future__ import annotations

import hmac
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_plus

from clary.kernel import AwsError
from clary.wire import signature_errors
from clary.wire.http import Request

_ANY_BODY = "application/x-www-form-urlencoded"
# The sub-resources and response overrides that are part of the canonical resource.
_DIGITS = 20  # of a moment; Python reads no number of thousands
_SIGNED = frozenset(
    [
        "accelerate",
        "acl",
        "analytics",
        "cors",
        "delete",
        "encryption",
        "inventory",
        "lifecycle",
        "location",
        "logging",
        "metrics",
        "notification",
        "partNumber",
        "policy",
        "publicAccessBlock",
        "replication",
        "requestPayment",
        "restore",
        "select",
        "select-type",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versionId",
        "versioning",
        "versions",
        "website",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "response-content-language",
        "response-content-type",
        "response-expires",
    ]
)


@dataclass(frozen=True, slots=True)
class SignatureV2:
    """What the query string says of its signature. `expires` is in epoch seconds; the region is not part of it."""

    access_key_id: str
    signature: str
    expires: int
    token: str | None = None
    region: str = "us-east-1"


def read(request: Request) -> SignatureV2 | None:
    """The signature of a presigned request, None for a request without one of this kind."""
    query = request.query
    if "AWSAccessKeyId=" not in query and ("Signature=" not in query or "X-Amz-Signature=" in query):
        return None
    given = dict(parse_qsl(query, keep_blank_values=True))
    if not given.get("Expires", "").isdecimal() or "AWSAccessKeyId" not in given or "Signature" not in given:
        message = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
        raise AwsError("AccessDenied", message, 403)
    return SignatureV2(
        access_key_id=given["AWSAccessKeyId"],
        signature=given["Signature"],
        expires=int(given["Expires"][:_DIGITS]),
        token=given.get("x-amz-security-token"),
    )


def verify(request: Request, signature: SignatureV2, secret: str, now: float, path: str) -> None:
    """Raises S3's AccessDenied after the expiry and SignatureDoesNotMatch for any other signature.

    `path` is the raw path with the bucket in it, wherever the client had told the bucket.
    """
    if now > signature.expires:
        raise signature_errors.expired_at(signature.expires, now)
    given = request.headers.get("content-type", "")
    # The type that urllib and others give to any body by themselves says nothing: a URL that was made without one is
    # taken. Every other type must be the signed one.
    kinds = (given, "") if given == _ANY_BODY else (given,)
    texts = [string_to_sign(request, signature.expires, path, kind) for kind in kinds]
    if not any(_signs(text, secret, signature.signature) for text in texts):
        raise signature_errors.s3_mismatch(signature.access_key_id, signature.signature, texts[0])


def _signs(text: str, secret: str, signature: str) -> bool:
    expected = b64encode(hmac.digest(secret.encode(), text.encode(), "sha1"))
    return hmac.compare_digest(expected, signature.encode())


def string_to_sign(request: Request, expires: int, path: str, content_type: str) -> str:
    """Method, MD5, type, expiry, `x-amz-` headers (also those that stand in the query), resource."""
    query = parse_qsl(request.query, keep_blank_values=True)
    amz = {name: value.strip() for name, value in request.headers.items() if name.startswith("x-amz-")}
    amz |= {name.lower(): value for name, value in query if name.lower().startswith("x-amz-")}
    in_query = {name.lower(): value for name, value in query}
    md5 = request.headers.get("content-md5") or in_query.get("content-md5", "")
    kind = content_type or in_query.get("content-type", "")
    headers = "".join(f"{name}:{amz[name]}\n" for name in sorted(amz))
    return f"{request.method}\n{md5}\n{kind}\n{expires}\n{headers}{path}{_sub_resources(request.query)}"


def _sub_resources(query: str) -> str:
    found = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        if name in _SIGNED:
            found.append(f"{name}={unquote_plus(value)}" if equals and value else name)
    return "?" + "&".join(sorted(found)) if found else ""
