"""Calls whose signature stands in the URL: a caller who may not do something may not hand it on in a URL either."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from botocore.auth import HmacV1QueryAuth, S3SigV4QueryAuth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.credentials import Credentials

from clary.wire.model import Operation
from tests.security.matrix.callers import Caller

Send = Callable[..., AWSResponse]
# The sub-resources that Version 2 signs (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html).
_OLD = {
    "acl", "delete", "lifecycle", "location", "logging", "notification", "partNumber", "policy", "requestPayment",
    "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website",
}  # fmt: skip


def forms_of(caller: Caller, operation: Operation) -> list[Caller]:
    """The same caller, once for each version with which an operation can be presigned: S3's alone say all of a call in
    the URL, and Version 2 is older than some of them."""
    if operation.service.name != "s3":
        return []
    names = {part.partition("=")[0] for part in operation.uri.partition("?")[2].split("&")}
    versions = ("4", "2") if names - {"", "x-id", "list-type"} <= _OLD else ("4",)
    return [replace(caller, name=f"{caller.name} presigned V{v}", query=v) for v in versions]


def sender(caller: Caller, send: Send) -> Send:
    """Sign the URL of an unsigned request as `generate_presigned_url` does, and send it with its body."""

    def sign(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        url = AWSRequest(request.method, request.url, headers=_signed_headers(request))
        _auth(caller).add_auth(url)
        request.url = url.url
        return send(request)

    return sign


def _signed_headers(request: AWSPreparedRequest) -> dict[str, str]:
    """Those that S3 wants signed. The type of a body stays what it is and is not part of the URL."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    signed = {name: value for name, value in headers.items() if name.startswith("x-amz-")}
    return {name: v.decode() if isinstance(v, bytes) else v for name, v in signed.items()}


def _auth(caller: Caller) -> Any:
    credentials = Credentials(caller.key, caller.secret, caller.token)
    if caller.query == "2":
        return HmacV1QueryAuth(credentials)
    return S3SigV4QueryAuth(credentials, "s3", "us-east-1")
