"""What is told of a request once it is answered, as metrics count it. Knows no bucket.

"Request metrics are reported for object-level operations. They are also reported for operations that list bucket contents …, but
they are not reported for other operations on buckets" (metrics-configurations, S3 User Guide).
"""

from __future__ import annotations

from urllib.parse import parse_qs, parse_qsl

from clary.plane.answered import Answered
from clary.services.s3 import answered_bytes
from clary.services.s3.metrics.counts import Sample

_LISTS = ("ListObjects", "ListObjectsV2", "ListObjectVersions", "ListMultipartUploads", "ListParts")
_NAMED = {
    **dict.fromkeys(_LISTS, "ListRequests"),
    "DeleteObjects": "DeleteRequests",
    "SelectObjectContent": "SelectRequests",
}
_BY_METHOD = {
    "GET": "GetRequests",
    "PUT": "PutRequests",
    "DELETE": "DeleteRequests",
    "HEAD": "HeadRequests",
    "POST": "PostRequests",
}
_MADE_WITH_TAGS = ("PutObject", "CreateMultipartUpload")


def is_counted(answered: Answered) -> bool:
    """Return whether a request is about an object, or what a bucket contains."""
    return bool(answered.labels.get("Key")) or answered.operation.name in _NAMED


def sample_of(answered: Answered) -> Sample:
    method = answered.request.method
    return Sample(
        _NAMED.get(answered.operation.name) or _BY_METHOD.get(method, ""),
        answered.response.status,
        answered_bytes.received(answered.request),
        0 if method == "HEAD" else answered_bytes.sent(answered.response),
        max(1.0, round(answered.seconds * 1000)),
    )


def tags_in(answered: Answered) -> dict[str, str] | None:
    """Return the tags that an upload gives to its object; None for a request that does not say them."""
    if answered.operation.name not in _MADE_WITH_TAGS:
        return None
    return dict(parse_qsl(answered.request.headers.get("x-amz-tagging") or "", keep_blank_values=True))


def version_in(answered: Answered) -> str:
    """Return the version that a request is about, '' for the newest one."""
    return _in_query(answered, "versionId")


def upload_in(answered: Answered) -> str:
    return _in_query(answered, "uploadId")


def _in_query(answered: Answered, name: str) -> str:
    query = answered.request.query
    return parse_qs(query).get(name, [""])[0] if f"{name}=" in query else ""
