"""S3 as pages of other origins meet it: the rules of the bucket that a path names."""

from __future__ import annotations

import re
from urllib.parse import unquote

from clary.plane.cors import Headers
from clary.services.s3 import cors
from clary.services.s3.service import s3
from clary.store.api import Tx

# `s3.us-east-1.amazonaws.com`, a bucket in front of it, dual-stack and older forms (S3 user guide, "Virtual hosting").
_AWS_HOST = re.compile(r"(?:.+\.)?s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?")


class BucketCors:
    """Answers by the CORS configuration of buckets."""

    def claims(self, host: str) -> bool:
        """Of AWS's host names, S3's; every other name stands for S3 where a request does not say whose it is."""
        is_aws = host.endswith((".amazonaws.com", ".amazonaws.com.cn"))
        return not is_aws or _AWS_HOST.fullmatch(host) is not None

    def preflight(self, tx: Tx, path: str, headers: Headers) -> Headers:
        bucket, key = _named(path)
        return cors.preflight(tx, bucket, key, headers)

    def allowed(self, tx: Tx, path: str, method: str, headers: Headers) -> Headers | None:
        bucket, _ = _named(path)
        return cors.allowed(tx, bucket, headers["origin"], method, cors.asked_headers(headers))


def _named(path: str) -> tuple[str, str]:
    """Return bucket and key of a path. What has control characters is no bucket's name."""
    bucket, _, key = path.removeprefix("/").partition("/")
    name = unquote(bucket)
    return (name if name.isprintable() else ""), key


s3.cors = BucketCors()
