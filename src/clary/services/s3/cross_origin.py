"""S3 as pages of other origins meet it: the rules of the bucket that a path names."""

from __future__ import annotations

from urllib.parse import unquote

from clary.plane.cors import Headers
from clary.services.s3 import cors
from clary.services.s3.service import s3
from clary.store.api import Tx

_AWS = (".amazonaws.com", ".amazonaws.com.cn")


class BucketCors:
    """Answers by the CORS configuration of buckets."""

    def claims(self, host: str) -> bool:
        """Return whether a host name is S3's. One outside of AWS's domains counts as S3's if the request names no service."""
        if not host.endswith(_AWS):
            return True
        # `s3.us-east-1`, a bucket in front of it, dual-stack and older forms such as `s3-us-west-2` (S3 user guide,
        # "Virtual hosting"). Labels are compared one by one: an expression would take quadratic time for a long host.
        return any(label == "s3" or label.startswith("s3-") for label in host.split("."))

    def preflight(self, tx: Tx, path: str, headers: Headers) -> Headers:
        bucket, key = _named(path)
        return cors.preflight(tx, bucket, key, headers)

    def allowed(self, tx: Tx, path: str, method: str, headers: Headers) -> Headers | None:
        """Return what the rules show of an answer. What the headers of a preflight ask for counts here too (recorded:
        test_cors_match_headers, "get-non-allowed-with-acl"; ceph/s3-tests, test_cors_origin_response)."""
        bucket, _ = _named(path)
        method = headers.get("access-control-request-method") or method
        return cors.allowed(tx, bucket, headers["origin"], method, cors.asked_headers(headers))


def _named(path: str) -> tuple[str, str]:
    """Return bucket and key of a path. What has control characters is no bucket's name."""
    bucket, _, key = path.removeprefix("/").partition("/")
    name = unquote(bucket)
    return (name if name.isprintable() else ""), key


s3.cors = BucketCors()
