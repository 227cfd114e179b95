"""Which service a page of another origin asks: S3 by its buckets' rules, every other not at all.

Sources: "CORS configuration" (S3 User Guide); the AWS SDK for JavaScript's list of services that AWS opens to pages
(aws/aws-sdk-js, `cors` in apis/metadata.json), in which SageMaker and its runtime are not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from clary.plane import Platform
from clary.services.s3.cross_origin import BucketCors
from tests.inprocess import ENDPOINT, InProcess

ORIGIN = "https://page.example"
ASKS = {"origin": ORIGIN, "access-control-request-method": "POST"}
RULE = {"AllowedMethods": ["GET", "POST"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*"]}


@pytest.fixture
def open_bucket(client: Callable[..., Any]) -> str:
    """A bucket that is called as an endpoint's path is, and open to all pages."""
    s3 = client("s3")
    s3.create_bucket(Bucket="endpoints")
    s3.put_bucket_cors(Bucket="endpoints", CORSConfiguration={"CORSRules": [RULE]})
    return "endpoints"


def shown(headers: list[tuple[str, str]]) -> list[str]:
    return [name for name, _ in headers if name.startswith("access-control-")]


@pytest.mark.parametrize("host", ["runtime.sagemaker.us-east-1.amazonaws.com", "iam.amazonaws.com:443"])
def test_a_preflight_to_another_services_host_is_not_answered_by_a_bucket(
    app: InProcess, open_bucket: str, host: str
) -> None:
    path = f"{ENDPOINT}/{open_bucket}/e/invocations"
    status, headers, body = app.request("OPTIONS", path, {**ASKS, "host": host})
    assert (status, shown(headers)) == (403, [])
    assert b"MissingAuthenticationToken" in body


@pytest.mark.parametrize("host", ["s3.amazonaws.com", "127.0.0.1:4566", "LOCALHOST.:4566"])
def test_a_preflight_to_s3_is_answered_by_the_bucket(app: InProcess, open_bucket: str, host: str) -> None:
    status, headers, _ = app.request("OPTIONS", f"{ENDPOINT}/{open_bucket}/k", {**ASKS, "host": host})
    assert (status, dict(headers)["access-control-allow-origin"]) == (200, "*")


def test_what_is_signed_for_another_service_is_not_shown_to_pages(
    app: InProcess, client: Callable[..., Any], open_bucket: str
) -> None:
    runtime = client("sagemaker-runtime")
    runtime.meta.events.register(
        "before-sign", lambda request, **_: request.headers.add_header("Origin", ORIGIN)
    )
    with pytest.raises(runtime.exceptions.ClientError) as caught:
        runtime.invoke_endpoint(EndpointName="e", Body=b"")
    found = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert app.requests[-1].headers["Origin"].decode() == ORIGIN
    assert not [name for name in found if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "host", ["s3", "localhost", "b.localhost", "127.0.0.1", "b.s3.eu-west-1.amazonaws.com"]
)
def test_hosts_that_are_s3s(host: str) -> None:
    assert BucketCors().claims(host)


@pytest.mark.parametrize(
    "host", ["sagemaker.us-east-1.amazonaws.com", "s3x.amazonaws.com", "amazonaws.com.amazonaws.com"]
)
def test_hosts_that_are_not_s3s(host: str) -> None:
    assert not BucketCors().claims(host)


def test_a_service_that_takes_no_unsigned_request_refuses_it(
    app: InProcess, open_bucket: str, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fact is asked of the service: without it, S3 is as every other."""
    status, _, body = app.request("GET", f"{ENDPOINT}/{open_bucket}", {})
    assert (status, b"<Code>AccessDenied</Code>" in body) == (403, True)
    s3 = platform.services["s3"]
    monkeypatch.setattr(s3, "access", replace(s3.access, unsigned=False))
    status, _, body = app.request("GET", f"{ENDPOINT}/{open_bucket}", {})
    assert (status, b"MissingAuthenticationToken" in body) == (403, True)
