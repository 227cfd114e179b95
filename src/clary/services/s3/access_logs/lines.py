"""A line of a server access log, of a request and its answer. Knows no bucket's configuration.

The fields and their order are those of "Amazon S3 server access log format"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html); `-` is what is unknown or does not apply.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, quote

from clary.access.identity import canonical_user
from clary.kernel import Caller
from clary.plane.answered import Answered
from clary.services.s3 import answered_bytes
from clary.services.s3.access_logs.operations import name_of
from clary.wire.signature import V4

# What would let a reader of the log make the request again.
_SECRET = re.compile(r"\b(X-Amz-Signature|X-Amz-Security-Token|Signature)=[^&]*", re.IGNORECASE)
_TOTAL = re.compile(r"bytes \d+-\d+/(\d+)")


def line_of(answered: Answered, bucket: str, owner: str) -> str:
    """Return the line, without an end, for a bucket of the account `owner`."""
    request, response = answered.request, answered.response
    headers = {name.lower(): value for name, value in response.headers}
    milliseconds = str(max(1, round(answered.seconds * 1000)))
    return " ".join(
        (
            canonical_user(owner),
            bucket,
            f"[{datetime.fromtimestamp(answered.began, UTC):%d/%b/%Y:%H:%M:%S +0000}]",
            request.client or "-",
            _requester(answered.caller),
            answered.id.replace("-", "").upper()[:16],
            name_of(answered.operation.name, request.method, request.query),
            quote(answered.labels.get("Key") or "", safe="/") or "-",
            _quoted(f"{request.method} {_uri(answered)} HTTP/1.1"),
            str(response.status),
            answered.code or "-",
            _sent(answered),
            _object_size(answered, headers),
            milliseconds,
            milliseconds,
            _quoted(request.headers.get("referer") or "-"),
            _quoted(request.headers.get("user-agent") or "-"),
            headers.get("x-amz-version-id") or _version(request.query),
            headers.get("x-amz-id-2") or "-",
            *_signature(answered),
            request.headers.get("host") or "-",
            "-",  # TLS version
            "-",  # access point ARN
            "-",  # whether an ACL was required
            "-",  # source Region
        )
    )


def _requester(caller: Caller) -> str:
    """Return the canonical user id of a root user, the ARN of another identity, or the name of a service."""
    if caller.is_anonymous:
        return "-"
    if caller.is_root:
        return canonical_user(caller.account)
    return f"svc:{caller.service}" if caller.service else caller.arn


def _uri(answered: Answered) -> str:
    query = _SECRET.sub(r"\1=REDACTED", answered.request.query)
    return answered.request.path + (f"?{query}" if query else "")


def _quoted(text: str) -> str:
    """Return a text in quotation marks, which none in it can end."""
    return '"' + text.replace('"', "%22") + '"'


def _sent(answered: Answered) -> str:
    """Return how many bytes the body has, "or - if zero"."""
    if answered.request.method == "HEAD":
        return "-"
    return str(answered_bytes.sent(answered.response) or "-")


def _object_size(answered: Answered, headers: dict[str, str]) -> str:
    """Return "the total size of the object in question" of a read or an upload."""
    operation, request = answered.operation.name, answered.request
    if answered.response.status >= 300:
        return "-"
    if operation in ("GetObject", "HeadObject"):
        total = _TOTAL.fullmatch(headers.get("content-range", ""))
        return (
            total[1]
            if total
            else headers.get("content-length") or str(answered_bytes.sent(answered.response))
        )
    if operation in ("PutObject", "UploadPart"):
        sent = request.headers.get("x-amz-decoded-content-length") or request.headers.get("content-length")
        return sent or "-"
    return "-"


def _version(query: str) -> str:
    return parse_qs(query).get("versionId", ["-"])[0] if "versionId=" in query else "-"


def _signature(answered: Answered) -> tuple[str, str, str]:
    """Return the signature's version, the cipher suite, which is not known, and where the request was signed."""
    signature = answered.signature
    if signature is None:
        return "-", "-", "-"
    place = "AuthHeader" if signature.place == "header" else "QueryString"
    return "SigV4" if signature.scheme == V4 else "SigV2", "-", place
