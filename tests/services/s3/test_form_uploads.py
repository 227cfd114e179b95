"""Uploads by POST of a form. Oracle: "Browser-Based Uploads Using POST"
(https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html) and recorded answers of AWS (`test_post_object_*`,
`test_post_request_*`), which are named where a sentence is theirs."""

from __future__ import annotations

import base64
import json
from xml.etree import ElementTree

import pytest
from botocore.config import Config

from clary.services.s3.object_changes import OBJECT
from tests.support.principals import allow, user


def form(fields, body=b"abcdef", filename="f.txt"):
    parts = [
        f'--bb\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    file = f'--bb\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'.encode()
    return b"".join(parts) + file + body + b"\r\n--bb--\r\n"


@pytest.fixture
def post(app, bucket):
    def send(fields, body=b"abcdef", content_type="multipart/form-data; boundary=bb", **more):
        status, said, answer = app.request(
            "POST",
            f"http://localhost:4566/{bucket}",
            {"content-type": content_type},
            form(fields, body, **more),
        )
        code = ElementTree.fromstring(answer).findtext("Code") if status >= 400 else ""
        return status, {name.lower(): value for name, value in said}, answer.decode(), code

    return send


@pytest.fixture(params=["s3v4", "s3"])
def signed(request, client, bucket):
    """`signed(key, fields, conditions)`: the fields of a form as boto3 signs it, by either version."""
    s3 = client("s3", config=Config(signature_version=request.param))

    def make(key="k", fields=None, conditions=None, **more):
        return s3.generate_presigned_post(bucket, key, fields, conditions, **more)["fields"]

    return make


def test_a_file_with_metadata_and_tags(s3, bucket, post, signed):
    tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
    fields = {
        "Content-Type": "text/plain",
        "x-amz-meta-note": "n",
        "tagging": tags,
        "x-amz-storage-class": "STANDARD_IA",
    }
    status, headers, body, _ = post(
        signed(fields=fields, conditions=[{name: value} for name, value in fields.items()])
    )
    assert (status, body) == (204, "")
    assert headers["location"].endswith(f"/{bucket}/k")
    found = s3.get_object(Bucket=bucket, Key="k")
    assert (found["Body"].read(), found["ContentType"], found["Metadata"]) == (
        b"abcdef",
        "text/plain",
        {"note": "n"},
    )
    assert found["StorageClass"] == "STANDARD_IA"
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "a", "Value": "b"}]
    assert headers["etag"] == found["ETag"]


def test_a_large_file_streams(s3, bucket, post, signed):
    body = bytes(range(256)) * 1024 * 3
    assert post(signed(), body)[0] == 204
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body


def test_the_file_s_own_name(s3, bucket, post, signed):
    fields = signed("up/${filename}")
    assert post(fields, filename="a b.txt")[0] == 204
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["up/a b.txt"]


def test_what_the_answer_is_like(post, signed, bucket):
    asked = {"success_action_status": "201"}
    status, _, body, _ = post(signed(fields=asked, conditions=[asked]))
    found = {one.tag: one.text for one in ElementTree.fromstring(body)}
    assert (status, found["Bucket"], found["Key"]) == (201, bucket, "k")
    asked = {"success_action_redirect": "http://site.example/done?x=1"}
    status, headers, _, _ = post(signed(fields=asked, conditions=[asked]))
    assert status == 303
    assert headers["location"].startswith(f"http://site.example/done?x=1&bucket={bucket}&key=k&etag=%22")
    asked = {"success_action_status": "404"}
    assert post(signed(fields=asked, conditions=[asked]))[0] == 204


@pytest.mark.parametrize(
    ("given", "conditions", "sentence"),
    [
        ("http://x/b", [["eq", "$success_action_redirect", "http://x/a"]], '["eq", "$success_action_redirect", "http://x/a"]'),
        ("http://x/a", [["eq", "success_action_redirect", "http://x/a"]], '["eq", "success_action_redirect", "http://x/a"]'),
        ("https://x", [["starts-with", "$success_action_redirect", "http://"]],
         '["starts-with", "$success_action_redirect", "http://"]'),
    ],
)  # fmt: skip
def test_conditions_that_do_not_hold(post, signed, given, conditions, sentence):
    """`test_post_object_policy_conditions_validation_eq`, `…_starts_with`."""
    fields = signed(conditions=conditions) | {"success_action_redirect": given}
    status, _, body, code = post(fields)
    assert (status, code) == (403, "AccessDenied")
    said = ElementTree.fromstring(body).findtext("Message")
    assert said == f"Invalid according to Policy: Policy Condition failed: {sentence}"


def test_fields_that_no_condition_names(post, signed):
    fields = signed()
    assert post({**fields, "x-ignore-me": "1"})[0] == 204
    status, _, body, code = post({**fields, "x-amz-meta-a": "1"})
    assert (status, code) == (403, "AccessDenied")
    assert "Extra input fields: x-amz-meta-a" in body


def test_sizes(s3, bucket, post, signed):
    fields = signed(conditions=[["content-length-range", 2, 6]])
    assert post(fields, b"123456")[0] == 204
    assert post(fields, b"1")[3] == "EntityTooSmall"
    assert post(fields, b"x" * 100_000)[3] == "EntityTooLarge"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"123456"


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        (b"no json", "InvalidPolicyDocument"),
        ({"conditions": []}, "InvalidPolicyDocument"),
        ({"expiration": "2040-01-01T00:00:00Z"}, "InvalidPolicyDocument"),
        ({"expiration": "Tue, 01 Jan 2040", "conditions": []}, "InvalidPolicyDocument"),
        ({"expiration": "2020-01-01T00:00:00Z", "conditions": []}, "AccessDenied"),
        ({"expiration": "2040-01-01T00:00:00Z", "conditions": [{}]}, "InvalidPolicyDocument"),
        (
            {"expiration": "2040-01-01T00:00:00Z", "conditions": [["content-length-range", "a", 1]]},
            "InvalidPolicyDocument",
        ),
    ],
)
def test_policies_that_are_none(post, policy, code):
    text = base64.b64encode(policy if isinstance(policy, bytes) else json.dumps(policy).encode()).decode()
    assert post({"key": "k", "policy": text})[3] == code


def test_signatures(client, post, signed, refused, bucket):
    """`test_post_request_missing_signature`, `test_post_request_malformed_policy`."""
    fields = signed()
    name = next(one for one in fields if one.lower() in ("signature", "x-amz-signature"))
    without = {key: value for key, value in fields.items() if key != name}
    status, _, body, code = post(without)
    named = "X-Amz-Signature" if name == "x-amz-signature" else "Signature"
    assert (status, code) == (400, "InvalidArgument")
    assert f"Bucket POST must contain a field named '{named}'." in body
    assert "<ArgumentValue></ArgumentValue>" in body
    assert post({**fields, "policy": fields["policy"] + "=="})[3] == "SignatureDoesNotMatch"
    stranger = client("s3", **user(client, "powerless"))
    assert post(stranger.generate_presigned_post(bucket, "k")["fields"])[3] == "AccessDenied"
    writer = client("s3", **user(client, "writer", allow("s3:PutObject")))
    assert post(writer.generate_presigned_post(bucket, "k")["fields"])[0] == 204


def test_what_is_no_form_or_not_signed(post, app, bucket):
    assert post({"key": "k"})[3] == "AccessDenied"
    assert post({})[3] == "InvalidArgument"
    status, _, body = app.request(
        "POST", f"http://localhost:4566/{bucket}", {"content-type": "text/plain"}, b"x"
    )
    assert (status, b"<Condition>Bucket POST must be of the enclosure-type multipart/form-data<" in body) == (
        412,
        True,
    )


def test_everybody_may_post_where_the_bucket_says_so(s3, with_acls, post, platform):
    s3.put_bucket_acl(Bucket=with_acls, ACL="public-read-write")
    with platform.store.write() as tx:
        tx.want("test", OBJECT, "")
    assert post({"key": "k", "acl": "public-read"})[0] == 204
    with platform.store.read() as tx:
        assert [one.what for one in tx.changes(0, 10, [OBJECT])] == ["ObjectCreated:Post"]


def test_a_signature_that_is_too_old(client, post, bucket, clock):
    fields = client("s3").generate_presigned_post(bucket, "k", ExpiresIn=60)["fields"]
    clock.advance(61)
    assert post(fields)[3] == "AccessDenied"
