"""Sites beside S3, which has every host and every path that nobody else has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from clary.plane import Platform
from tests.conftest import ROOT_KEY, ROOT_SECRET
from tests.support.clients import boto3_client
from tests.support.scratch_sites import SiteServer


@pytest.fixture
def s3(served: SiteServer) -> Any:
    return boto3_client("s3", served.url, ROOT_KEY, ROOT_SECRET, None)


def test_a_bucket_in_the_host_has_keys_like_a_sites_path(s3: Any, served: SiteServer) -> None:
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="_scratch/a", Body=b"the object")
    url = s3.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "_scratch/a"})
    assert httpx.get(url).content == b"the object"
    answer = httpx.get(f"{served.url}/_scratch/a", headers={"host": "bucket.localhost"})
    assert (answer.status_code, b"AccessDenied" in answer.content) == (403, True)


def test_a_bucket_called_like_a_sites_host_is_reached_by_its_path(s3: Any, served: SiteServer) -> None:
    """`x.lambda-url.us-east-1` may be a bucket's name; below the platform's name it is a function's host."""
    name = "x.lambda-url.us-east-1"
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"the object")
    assert s3.get_object(Bucket=name, Key="k")["Body"].read() == b"the object"
    seen = httpx.get(f"{served.url}/k", headers={"host": f"{name}.localhost"}).json()
    assert (seen["site"], seen["labels"]["id"]) == ("FunctionUrl", "x")


def test_what_is_signed_for_s3_is_s3s(s3: Any, served: SiteServer) -> None:
    """No bucket can be called so: S3 says so itself, and no site is asked."""
    with pytest.raises(s3.exceptions.ClientError) as caught:
        s3.get_object(Bucket="_scratch", Key="a")
    assert caught.value.response["Error"]["Code"] in ("NoSuchBucket", "InvalidBucketName")


def test_options_goes_to_the_site_and_gets_no_rule_of_a_bucket(served: SiteServer) -> None:
    ask = {"origin": "https://page.example", "access-control-request-method": "GET"}
    answer = httpx.options(f"{served.url}/_scratch/a", headers=ask)
    assert (answer.status_code, answer.json()["method"]) == (200, "OPTIONS")
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_the_api_is_as_it_was(served: SiteServer, platform: Platform, client: Callable[..., Any]) -> None:
    sts = boto3_client("sts", served.url, ROOT_KEY, ROOT_SECRET, None)
    assert sts.get_caller_identity()["Arn"].endswith(":root")
    assert httpx.get(f"{served.url}/_clary/health").json()["status"] == "ok"
