"""The condition keys of S3. Oracle: "Actions, resources, and condition keys for Amazon S3", "Tagging and access control
policies" and "Signature Version 4 authentication specific policy keys" (S3 User Guide)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from tests.inprocess import InProcess
from tests.support.principals import allow, policy, user

Client = Callable[..., Any]
ANYTHING = "arn:aws:s3:::bucket*"


def under(client: Client, action: str, condition: dict[str, Any]) -> Any:
    """An S3 client of a user who may do `action` under a condition."""
    config = Config(signature_version="s3v4")
    keys = user(client, "ann", {**allow(action, ANYTHING), "Condition": condition})
    return client("s3", **keys, config=config)


def allowed(call: Callable[[], Any]) -> bool:
    try:
        call()
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
            raise
        return False
    return True


def test_the_tags_of_an_object_decide(client: Client, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="open", Body=b"x", Tagging="class=open")
    s3.put_object(Bucket=bucket, Key="none", Body=b"x")
    ann = under(client, "s3:GetObject", {"StringEquals": {"s3:ExistingObjectTag/class": "open"}})
    assert allowed(lambda: ann.get_object(Bucket=bucket, Key="open"))
    assert not allowed(lambda: ann.get_object(Bucket=bucket, Key="none"))
    assert not allowed(lambda: ann.get_object(Bucket=bucket, Key="absent"))
    s3.put_object_tagging(Bucket=bucket, Key="open", Tagging={"TagSet": [{"Key": "class", "Value": "shut"}]})
    assert not allowed(lambda: ann.get_object(Bucket=bucket, Key="open"))


def test_the_tags_that_an_upload_brings_decide(client: Client, bucket: str) -> None:
    condition = {
        "StringEquals": {"s3:RequestObjectTag/class": "open"},
        "ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["class", "team"]},
    }
    ann = under(client, ["s3:PutObject", "s3:PutObjectTagging"], condition)  # type: ignore[arg-type]
    assert allowed(lambda: ann.put_object(Bucket=bucket, Key="k", Tagging="class=open&team=a"))
    assert not allowed(lambda: ann.put_object(Bucket=bucket, Key="k", Tagging="class=open&other=a"))
    assert not allowed(lambda: ann.put_object(Bucket=bucket, Key="k"))
    tags = {"TagSet": [{"Key": "class", "Value": "open"}]}
    assert allowed(lambda: ann.put_object_tagging(Bucket=bucket, Key="k", Tagging=tags))


@pytest.mark.parametrize(
    ("condition", "header", "query"),
    [
        ({"StringEquals": {"s3:authType": "REST-HEADER"}}, True, False),
        ({"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}, False, True),
        ({"StringEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}, True, True),
        ({"StringEquals": {"s3:signatureversion": "AWS"}}, False, False),
        ({"NumericLessThanIfExists": {"s3:signatureAge": "600000"}}, True, False),
        # "Presigned URLs always have an UNSIGNED_PAYLOAD" (the page of these keys).
        ({"Null": {"s3:x-amz-content-sha256": "true"}}, False, False),
        ({"StringNotEquals": {"s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD"}}, True, False),
        ({"StringEquals": {"s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD"}}, False, True),
    ],
)
def test_how_a_request_was_signed_decides(
    client: Client,
    app: InProcess,
    clock: FakeClock,
    s3: Any,
    bucket: str,
    condition: dict[str, Any],
    header: bool,
    query: bool,
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    ann = under(client, "s3:GetObject", condition)
    assert allowed(lambda: ann.get_object(Bucket=bucket, Key="k")) is header
    url = ann.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"}, ExpiresIn=3600)
    clock.advance(900)
    assert app.request("GET", url, {})[0] == (200 if query else 403)


@pytest.mark.parametrize(
    ("condition", "request_", "works"),
    [
        ({"StringEquals": {"s3:prefix": ["", "home/"]}}, {"Prefix": "home/"}, True),
        ({"StringEquals": {"s3:prefix": ["", "home/"]}}, {"Prefix": ""}, True),
        ({"StringEquals": {"s3:prefix": ["", "home/"]}}, {"Prefix": "other/"}, False),
        ({"StringLike": {"s3:prefix": "home/${aws:username}/*"}}, {"Prefix": "home/ann/x"}, True),
        ({"StringEquals": {"s3:delimiter": "/"}}, {"Delimiter": "/"}, True),
        ({"StringEquals": {"s3:delimiter": "/"}}, {}, False),
        ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"MaxKeys": 10}, True),
        ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"MaxKeys": 11}, False),
    ],
)
def test_what_is_listed_decides(
    client: Client, bucket: str, condition: dict[str, Any], request_: dict[str, Any], works: bool
) -> None:
    ann = under(client, "s3:ListBucket", condition)
    assert allowed(lambda: ann.list_objects_v2(Bucket=bucket, **request_)) is works


def test_the_version_asked_for_decides(client: Client, s3: Any, versioned: str) -> None:
    first = s3.put_object(Bucket=versioned, Key="k", Body=b"1")["VersionId"]
    second = s3.put_object(Bucket=versioned, Key="k", Body=b"2")["VersionId"]
    action = ["s3:GetObject", "s3:GetObjectVersion"]
    ann = under(client, action, {"StringEquals": {"s3:VersionId": first}})  # type: ignore[arg-type]
    assert allowed(lambda: ann.get_object(Bucket=versioned, Key="k", VersionId=first))
    assert not allowed(lambda: ann.get_object(Bucket=versioned, Key="k", VersionId=second))


def test_an_unencrypted_upload_can_be_denied(client: Client, s3: Any, bucket: str) -> None:
    deny = {**allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*"), "Effect": "Deny", "Principal": "*"}
    deny["Condition"] = {"Null": {"s3:x-amz-server-side-encryption": "true"}}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(deny))
    assert not allowed(lambda: s3.put_object(Bucket=bucket, Key="k"))
    assert allowed(lambda: s3.put_object(Bucket=bucket, Key="k", ServerSideEncryption="AES256"))


@pytest.mark.parametrize(
    "source",
    [
        "bucket/secret+file",
        "/bucket/secret%20file",
        "bucket%2F%73ecret%20file",
        "bucket/secret+file?versionId=null",
    ],
)
def test_no_spelling_of_a_copys_source_passes_by_a_deny(
    client: Client, s3: Any, bucket: str, source: str
) -> None:
    s3.put_object(Bucket=bucket, Key="secret file", Body=b"x")
    s3.put_object(Bucket=bucket, Key="open file", Body=b"x")
    deny = allow("s3:PutObject", ANYTHING) | {
        "Effect": "Deny",
        "Condition": {"StringEquals": {"s3:x-amz-copy-source": "bucket/secret file"}},
    }
    ann = client("s3", **user(client, "ann", allow("s3:*", ANYTHING), deny))
    sent = [source]

    def replace(request: Any, **_: Any) -> None:
        request.headers.replace_header("x-amz-copy-source", sent[-1])

    ann.meta.events.register("before-sign.s3.CopyObject", replace)
    assert not allowed(lambda: ann.copy_object(Bucket=bucket, Key="copied", CopySource="a/b"))
    sent.append(source.replace("secret", "open").replace("%73ecret", "open"))
    assert allowed(lambda: ann.copy_object(Bucket=bucket, Key="copied", CopySource="a/b"))
