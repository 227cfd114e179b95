"""S3's old query signatures (Version 2), which boto3 still makes for presigned URLs by default: HMAC-SHA1 over a
canonical resource (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html)."""

from __future__ import annotations

import hmac
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_plus

from clary.kernel import AwsError
from clary.wire.http import Request

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
    if "AWSAccessKeyId=" not in request.query or "Signature=" not in request.query:
        return None
    given = dict(parse_qsl(request.query, keep_blank_values=True))
    if not given.get("Expires", "").isdecimal():
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
        raise AwsError("AccessDenied", "Request has expired", 403, {"Expires": str(signature.expires)})
    given = request.headers.get("content-type", "")
    # A client library may add a Content-Type by itself (urllib does for every body). Version 4 does not sign it in a
    # presigned URL, so a URL made without one is taken whatever type the body then says it is.
    texts = [string_to_sign(request, signature.expires, path, kind) for kind in dict.fromkeys((given, ""))]
    if not any(_signs(text, secret, signature.signature) for text in texts):
        message = (
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method."
        )
        raise AwsError("SignatureDoesNotMatch", message, 403, {"StringToSign": texts[0]})


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
