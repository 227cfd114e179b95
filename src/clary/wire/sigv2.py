"""S3's old signatures (Version 2), which boto3 still makes for presigned URLs by default: HMAC-SHA1 over a canonical
resource (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html). Knows no accounts."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import unquote_plus

from clary.wire import canonical, mechanism, signature_errors
from clary.wire.http import Request
from clary.wire.signature import V2, Signature
from clary.wire.timestamps import parse as parse_time

# Regions opened after January 2014 take Version 4 only ("Authenticating Requests (AWS Signature Version 4)", S3 API
# Reference). These are the others, as botocore's endpoints.json has them: `s3` among their signatureVersions.
REGIONS = frozenset(
    (
        "us-east-1", "us-west-1", "us-west-2", "eu-west-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1",
        "sa-east-1", "us-gov-west-1", "us-gov-east-1",
    )
)  # fmt: skip
# Parameters that are part of the canonical resource: sub-resources, whatever else says what is acted upon, and what
# changes the headers of an answer. What is not here is not signed, and so anybody's who has the URL: `prefix` and the
# like. `list-type` must stay out, since no client signs it; it chooses between two forms of one list.
SIGNED = frozenset(
    (
        "abac", "accelerate", "acl", "analytics", "annotation", "annotationName", "attributes", "cors",
        "defaultObjectAcl", "delete", "encryption", "id", "intelligent-tiering", "inventory", "legal-hold", "lifecycle",
        "location", "logging", "metadataAnnotationTable", "metadataConfiguration", "metadataInventoryTable",
        "metadataJournalTable", "metadataTable", "metrics", "notification", "object-lock", "ownershipControls",
        "partNumber", "policy", "policyStatus", "publicAccessBlock", "renameObject", "replication", "requestPayment",
        "response-cache-control", "response-content-disposition", "response-content-encoding",
        "response-content-language", "response-content-type", "response-expires", "restore", "retention", "select",
        "select-type", "session", "storageClass", "tagging", "torrent", "uploadId", "uploads", "versionId",
        "versioning", "versions", "website",
    )
)  # fmt: skip
_ONCE = frozenset(("AWSAccessKeyId", "Signature", "Expires", "x-amz-security-token"))
_ANY_BODY = "application/x-www-form-urlencoded"
_SKEW = 15 * 60  # seconds, either way
_DIGITS = 20  # of a moment; Python reads no number of thousands


# ------------------------------------------------------------------------------------------------------- reading


def read(request: Request) -> Signature | None:
    """Return the signature of a presigned request, None for one without this kind. Raise AwsError for one
    that is not whole or says something twice."""
    return read_query(request) if mechanism.of(request) == "query 2" else None


def read_query(request: Request) -> Signature:
    """Return what the query string says."""
    pairs = mechanism.parameters(request)
    given = dict(pairs)
    whole = given.get("Expires", "").isdecimal() and "AWSAccessKeyId" in given and "Signature" in given
    if not whole or mechanism.twice((name for name, _ in pairs), _ONCE):
        raise signature_errors.incomplete_version_2()
    return _signature(
        given["AWSAccessKeyId"], given["Signature"], "", given.get("x-amz-security-token")
    )._replace(place="query", expires=int(given["Expires"][:_DIGITS]))


def read_header(request: Request) -> Signature:
    """Return what an Authorization header of Version 2 says: `AWS key:signature`. Raise AwsError."""
    headers = request.headers
    key, colon, signature = headers["authorization"].removeprefix(f"{V2} ").partition(":")
    if not (key and colon and signature):
        raise signature_errors.bad_version_2(headers["authorization"])
    date = _date(headers.get("x-amz-date") or headers.get("date", ""))
    return _signature(key, signature, date, headers.get("x-amz-security-token"))


def _signature(key: str, signature: str, date: str, token: str | None) -> Signature:
    return Signature(key, date[:8], "", "s3", (), signature, date, token=token, scheme=V2)


def _date(text: str) -> str:
    """Return a date of any form, in the notation of Version 4."""
    try:
        canonical.parse_amz_date(text)
        return text
    except ValueError:
        pass
    try:
        return canonical.amz_date(parse_time(text))
    except (ValueError, OverflowError):
        raise signature_errors.undated() from None


# ----------------------------------------------------------------------------------------------------- verifying


def verify(request: Request, signature: Signature, secret: str, now: float, path: str) -> None:
    """Raise S3's AccessDenied after the expiry and SignatureDoesNotMatch for any other signature.

    `path` is the raw path with the bucket in it, wherever the client had told the bucket.
    """
    _check_time(signature, now)
    given = request.headers.get("content-type", "")
    # The type that urllib and others give to any body by themselves says nothing: a URL that was made without one is
    # taken. Every other type must be the signed one.
    kinds = (given, "") if given == _ANY_BODY and signature.presigned else (given,)
    texts = [string_to_sign(request, signature, one, kind) for one in _resources(path) for kind in kinds]
    if not any(_signs(text, secret, signature.signature) for text in texts):
        raise signature_errors.s3_mismatch(signature.access_key_id, signature.signature, texts[0])


def _check_time(signature: Signature, now: float) -> None:
    if signature.expires is not None:
        if now > signature.expires:
            raise signature_errors.expired_at(signature.expires, now)
    elif abs(now - signature.time) > _SKEW:
        raise signature_errors.too_skewed(signature, now)


def _resources(path: str) -> tuple[str, ...]:
    """Return the paths that a client may have signed. A bucket alone is `/bucket/` where its name is in the
    host; botocore signs that also where it sends `/bucket` (handlers.py,
    remove_bucket_from_url_paths_from_model). Both are the same bucket."""
    return (path, f"{path}/") if path.count("/") == 1 and path != "/" else (path,)


def _signs(text: str, secret: str, signature: str) -> bool:
    expected = b64encode(hmac.digest(secret.encode(), text.encode(), "sha1"))
    return hmac.compare_digest(expected, signature.encode())


def string_to_sign(request: Request, signature: Signature, path: str, content_type: str) -> str:
    """Return what is signed: method, MD5, type, moment, `x-amz-` headers, resource."""
    headers = request.headers
    in_query = {name.lower(): value for name, value in mechanism.parameters(request)}
    md5 = headers.get("content-md5") or in_query.get("content-md5", "")
    kind = content_type or in_query.get("content-type", "")
    # A date among the `x-amz-` headers takes the place of Date, whose line is then empty.
    date = "" if "x-amz-date" in headers else headers.get("date", "")
    moment = date if signature.expires is None else str(signature.expires)
    lines = "".join(_amz_headers(request))
    return f"{request.method}\n{md5}\n{kind}\n{moment}\n{lines}{path}{_sub_resources(request.query)}"


def _amz_headers(request: Request) -> Iterator[str]:
    """Yield the `x-amz-` headers in order, those in the query string among them; all values of one that has
    several, so that none can be added to what was signed."""
    found = {name: [value.strip()] for name, value in request.headers.items() if name.startswith("x-amz-")}
    for name, value in mechanism.parameters(request):
        values = found.setdefault(name.lower(), []) if name.lower().startswith("x-amz-") else [value]
        if value not in values:
            values.append(value)
    for name in sorted(found):
        yield f"{name}:{','.join(found[name])}\n"


def _sub_resources(query: str) -> str:
    found = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        name = unquote_plus(name)
        if name in SIGNED:
            found.append(f"{name}={unquote_plus(value)}" if equals and value else name)
    return "?" + "&".join(sorted(found)) if found else ""


def check_region(signature: Signature) -> None:
    """Raise InvalidRequest where the bucket's region takes Version 4 only."""
    if signature.region not in REGIONS:
        raise signature_errors.unsupported_version()
