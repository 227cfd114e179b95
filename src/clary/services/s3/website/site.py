"""A bucket's website on its own host: every visitor reads as nobody, by what the bucket lets everybody read.

Source: "Website endpoints" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from clary.kernel import AwsError
from clary.plane.sites import Visit
from clary.services.s3 import errors
from clary.services.s3.bucket_rows import find_bucket, setting
from clary.services.s3.service import s3
from clary.services.s3.website import pages, routing
from clary.services.s3.website.configuration import KIND, missing
from clary.store.api import Tx
from clary.wire import Response, timestamps

Params = dict[str, Any]

_HOSTS = tuple(
    f"{{bucket+}}.s3-website{mark}{{region}}.{domain}"
    for mark in (".", "-")
    for domain in ("amazonaws.com", "{platform}")
)
_HEADERS = {
    "ContentType": "content-type",
    "CacheControl": "cache-control",
    "ContentDisposition": "content-disposition",
    "ContentEncoding": "content-encoding",
    "ContentLanguage": "content-language",
    "ContentRange": "content-range",
    "ETag": "etag",
}
_ASKED = {"if-none-match": "IfNoneMatch", "if-match": "IfMatch", "range": "Range"}
_DATES = {"if-modified-since": "IfModifiedSince", "if-unmodified-since": "IfUnmodifiedSince"}


def _refused(visit: Visit, error: AwsError) -> Response:
    return pages.failure(error, visit.ctx.request_id)


@s3.site(host=_HOSTS, open=True, refuse=_refused)
async def website(visit: Visit) -> Response:
    """Answer with an object, a redirect, or the page of an error."""
    if visit.request.method not in ("GET", "HEAD"):
        raise AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
    bucket = visit.labels["bucket"]
    wanted = await visit.ctx.transact(lambda tx: _configuration(tx, bucket))
    if wanted.get("RedirectAllRequestsTo"):
        return _sent(
            routing.of_everything(wanted["RedirectAllRequestsTo"], visit.raw_path, visit.request.scheme)
        )
    key = "/".join(visit.segments)
    redirect = _by_rules(visit, wanted, key, None)
    return _sent(redirect) if redirect else await _page(visit, wanted, bucket, key)


def _configuration(tx: Tx, bucket: str) -> Params:
    if find_bucket(tx, bucket) is None:
        raise errors.no_such_bucket(bucket)
    found = setting(tx, bucket, KIND)
    if found is None:
        raise missing(bucket)
    return found


def _by_rules(visit: Visit, wanted: Params, key: str, failure: int | None) -> routing.Redirect | None:
    host = visit.request.headers.get("host", "")
    return routing.of_rules(wanted.get("RoutingRules") or [], key, failure, visit.request.scheme, host)


def _sent(redirect: routing.Redirect) -> Response:
    return Response(redirect.status, [("location", redirect.location)], b"")


async def _page(visit: Visit, wanted: Params, bucket: str, key: str) -> Response:
    suffix = wanted["IndexDocument"]["Suffix"]
    asked = key + suffix if not key or key.endswith("/") else key
    try:
        return await _object(visit, bucket, asked, 200)
    except AwsError as error:
        if error.status == 304:
            said = [(name.lower(), value) for name, value in (error.headers or {}).items()]
            return Response(304, said, b"")
        if error.status in (403, 404) and asked == key and await _is_there(visit, bucket, f"{key}/{suffix}"):
            return Response(302, [("location", f"{visit.raw_path}/")], b"")
        redirect = _by_rules(visit, wanted, key, error.status)
        return _sent(redirect) if redirect else await _failure(visit, wanted, bucket, error)


async def _failure(visit: Visit, wanted: Params, bucket: str, error: AwsError) -> Response:
    """Return the website's own page for an error, or S3's."""
    own = (wanted.get("ErrorDocument") or {}).get("Key")
    if own is None or not 400 <= error.status < 500:
        return pages.failure(error, visit.ctx.request_id)
    try:
        return await _object(visit, bucket, own, error.status, conditional=False)
    except AwsError as also:
        return pages.failure(error, visit.ctx.request_id, also)


async def _object(visit: Visit, bucket: str, key: str, status: int, *, conditional: bool = True) -> Response:
    """Return an object as a page, or the redirect that it stands for. Raise AwsError where there is none to be read."""
    asked = _asked(visit.request.headers) if conditional else {}
    found = await visit.ctx.acall("s3", "GetObject", {"Bucket": bucket, "Key": key, **asked})
    if found.get("WebsiteRedirectLocation"):
        return Response(301, [("location", found["WebsiteRedirectLocation"])], b"")
    said = [(name, found[member]) for member, name in _HEADERS.items() if found.get(member)]
    said.append(("last-modified", timestamps.WRITERS["rfc822"](found["LastModified"])))
    said += [(f"x-amz-meta-{name}", value) for name, value in (found.get("Metadata") or {}).items()]
    return Response(206 if "ContentRange" in found else status, said, found["Body"])


def _asked(headers: Mapping[str, str]) -> Params:
    """Return the range and the conditions of a visitor as members of GetObject. A malformed date is left out (RFC 9110, 13.1.3)."""
    asked: Params = {member: headers[name] for name, member in _ASKED.items() if headers.get(name)}
    for name, member in _DATES.items():
        with suppress(ValueError, OverflowError):
            if headers.get(name):
                asked[member] = timestamps.parse(headers[name])
    return asked


async def _is_there(visit: Visit, bucket: str, key: str) -> bool:
    try:
        await visit.ctx.acall("s3", "HeadObject", {"Bucket": bucket, "Key": key})
    except AwsError:
        return False
    return True
