"""Ways around the rights to an object: by a copy, an upload, a version, a URL, an ACL, by spelling.

A user `subject` may do all with the bucket `open` and nothing with `bucket-1`, whose `secret` is the marker.
Sources: S3 User Guide ("Actions, resources, and condition keys", "Controlling ownership of objects and disabling ACLs"),
API reference of CopyObject, UploadPartCopy, DeleteObjects; "Sharing objects with presigned URLs".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.inprocess import ENDPOINT, Loop
from tests.security.forging import Sent, by_header, by_url
from tests.security.matrix import callers
from tests.security.matrix.callers import ALLOW_ALL, document
from tests.security.matrix.inputs import s3 as s3_inputs
from tests.security.matrix.snapshot import change
from tests.security.matrix.world import MARKER, World

Params = dict[str, Any]
OPEN = {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::open", "arn:aws:s3:::open/*"]}


class Subject:
    """The user, and what a call of his leaves behind."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._iam = world.client("iam", world.root)
        self.caller = callers.user(self._iam, "subject", OPEN)
        self.s3 = world.client("s3", self.caller)

    def holds(self, *statements: Params) -> None:
        self._iam.put_user_policy(UserName="subject", PolicyName="p", PolicyDocument=document(*statements))

    def fails(self, call: str, *codes: str, **params: Any) -> None:
        """The call must end with one of the codes, show nothing and change nothing."""
        before = self.world.observer.state()
        with pytest.raises(ClientError) as refused:
            getattr(self.s3, call)(**params)
        assert refused.value.response["Error"]["Code"] in (*codes, "AccessDenied", "403"), refused.value
        assert not self.world.shows_marker()
        assert not change(before, self.world.observer.state())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, loop: Loop) -> Iterator[World]:
    world = World("s3", tmp_path_factory.mktemp("w"), loop)
    assert s3_inputs.the_bucket(world) == "bucket-1"
    s3 = world.client("s3")
    s3.create_bucket(Bucket="open", ObjectOwnership="BucketOwnerPreferred")
    s3.put_bucket_versioning(Bucket="open", VersioningConfiguration={"Status": "Enabled"})
    yield world
    world.close()


@pytest.fixture(scope="module")
def _subject(world: World) -> Subject:
    return Subject(world)


@pytest.fixture
def subject(_subject: Subject) -> Subject:
    _subject.holds(OPEN)
    return _subject


# copies ---------------------------------------------------------------------------------------------------------

SOURCES = [
    "bucket-1/secret", "/bucket-1/secret", "//bucket-1/secret", "bucket-1%2Fsecret", "%2Fbucket-1%2Fsecret",
    "bucket-1/./secret", "open/../bucket-1/secret", "open/%2e%2e/bucket-1/secret", "open%2F..%2Fbucket-1%2Fsecret",
    "bucket-1/secret?versionId=null", "bucket-1/secret%3FversionId=null", "open?versionId=/bucket-1/secret",
    "bucket-1%252Fsecret", "BUCKET-1/secret", "bucket-1\\secret", "bucket-1/secret#x",
    "arn:aws:s3:::bucket-1/secret", "arn:aws:s3:us-east-1:111122223333:accesspoint/bucket-1/object/secret",
    "http://127.0.0.1:4566/bucket-1/secret", "bucket-1.s3.amazonaws.com/secret",
]  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("method", ["CopyObject", "UploadPartCopy"])
def test_a_copy_reads_only_what_may_be_read(subject: Subject, method: str, source: str) -> None:
    """Sent as they are written, for clients encode what is in them."""
    target = "/open/copy"
    if method == "UploadPartCopy":
        upload = subject.s3.create_multipart_upload(Bucket="open", Key="copy")["UploadId"]
        target = f"/open/copy?partNumber=1&uploadId={upload}"
    before = subject.world.observer.state()
    request = by_header(subject.caller, "PUT", target, headers={"x-amz-copy-source": source})
    status, code, body = request.by(subject.world)
    assert status in (400, 403, 404, 501), (status, code, body)  # 501: access points are not here
    assert MARKER.encode() not in body
    assert not change(before, subject.world.observer.state())


def test_a_copy_of_what_may_be_read_is_made(subject: Subject) -> None:
    """The counter-proof: the same calls, with a source of one's own."""
    subject.s3.put_object(Bucket="open", Key="own", Body=b"own")
    headers = {"x-amz-copy-source": "open/own"}
    assert by_header(subject.caller, "PUT", "/open/copy", headers=headers).by(subject.world)[0] == 200
    upload = subject.s3.create_multipart_upload(Bucket="open", Key="copy")["UploadId"]
    target = f"/open/copy?partNumber=1&uploadId={upload}"
    assert by_header(subject.caller, "PUT", target, headers=headers).by(subject.world)[0] == 200


def test_a_copy_writes_only_where_one_may_write(subject: Subject) -> None:
    subject.s3.put_object(Bucket="open", Key="own", Body=b"own")
    source = {"CopySource": "open/own"}
    subject.fails("copy_object", Bucket="bucket-1", Key="secret", **source)
    names = s3_inputs.upload(subject.world)
    subject.fails("upload_part_copy", **names, PartNumber=1, **source)


# uploads in parts -----------------------------------------------------------------------------------------------

PART_CALLS: dict[str, tuple[str, Params]] = {
    "write": ("upload_part", {"PartNumber": 1, "Body": b"x"}),
    "list": ("list_parts", {}),
    "complete": (
        "complete_multipart_upload",
        {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": '"x"'}]}},
    ),
    "abort": ("abort_multipart_upload", {}),
}


@pytest.mark.parametrize(("call", "more"), PART_CALLS.values(), ids=PART_CALLS.keys())
def test_an_upload_is_of_its_bucket_and_key(subject: Subject, call: str, more: Params) -> None:
    """The id of another bucket's upload is none in one's own, under whatever key."""
    names = s3_inputs.upload(subject.world)
    for key in (names["Key"], f"bucket-1/{names['Key']}", f"../bucket-1/{names['Key']}"):
        subject.fails(call, "NoSuchUpload", Bucket="open", Key=key, UploadId=names["UploadId"], **more)
    subject.fails(call, **names, **more)


# versions -------------------------------------------------------------------------------------------------------

# A call on a version, and the action that is about versions (Service Authorization Reference).
VERSIONED: dict[str, tuple[str, Params, str]] = {
    "get": ("get_object", {}, "s3:GetObjectVersion"),
    "head": ("head_object", {}, "s3:GetObjectVersion"),
    "delete": ("delete_object", {}, "s3:DeleteObjectVersion"),
    "tags": ("get_object_tagging", {}, "s3:GetObjectVersionTagging"),
    "new tags": ("put_object_tagging", {"Tagging": {"TagSet": []}}, "s3:PutObjectVersionTagging"),
    "no tags": ("delete_object_tagging", {}, "s3:DeleteObjectVersionTagging"),
    "acl": ("get_object_acl", {}, "s3:GetObjectVersionAcl"),
    "new acl": ("put_object_acl", {"ACL": "bucket-owner-full-control"}, "s3:PutObjectVersionAcl"),
    "attributes": ("get_object_attributes", {"ObjectAttributes": ["ETag"]}, "s3:GetObjectVersionAttributes"),
}


@pytest.mark.parametrize(("call", "more", "action"), VERSIONED.values(), ids=VERSIONED.keys())
def test_a_version_needs_the_right_to_versions(
    subject: Subject, call: str, more: Params, action: str
) -> None:
    put = subject.world.client("s3").put_object
    version = put(Bucket="open", Key="versioned", Body=b"x")["VersionId"]
    names = {"Bucket": "open", "Key": "versioned", "VersionId": version}
    subject.holds(OPEN, {"Effect": "Deny", "Action": action, "Resource": "*"})
    subject.fails(call, **names, **more)
    subject.holds(OPEN)
    assert getattr(subject.s3, call)(**names, **more)


def test_versions_are_not_deleted_among_many_without_the_right(subject: Subject) -> None:
    s3 = subject.world.client("s3")
    version = s3.put_object(Bucket="open", Key="many", Body=b"x")["VersionId"]
    subject.holds(OPEN, {"Effect": "Deny", "Action": "s3:DeleteObjectVersion", "Resource": "*"})
    wanted = {"Objects": [{"Key": "many", "VersionId": version}]}
    (error,) = subject.s3.delete_objects(Bucket="open", Delete=wanted)["Errors"]
    assert error["Code"] == "AccessDenied"
    assert s3.get_object(Bucket="open", Key="many", VersionId=version)["Body"].read() == b"x"


# URLs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["4", "2"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_url_is_worth_what_its_signer_may(subject: Subject, method: str, version: str) -> None:
    """S3 User Guide, "Sharing objects with presigned URLs": the rights are those of the signer when it is used."""
    subject.holds(ALLOW_ALL)
    url = by_url(subject.caller, method, "/bucket-1/secret", b"mine", version)
    subject.holds(OPEN)
    _refused(subject.world, url)
    subject.holds(ALLOW_ALL, {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::bucket-1/*"})
    _refused(subject.world, url)


@pytest.mark.parametrize("version", ["4", "2"])
def test_a_url_ends_with_the_key_of_its_signer(subject: Subject, version: str) -> None:
    iam, name = subject.world.client("iam", subject.world.root), subject.world.fresh("signer")
    signer = callers.user(iam, name, ALLOW_ALL)
    url = by_url(signer, "GET", "/bucket-1/secret", version=version)
    assert url.by(subject.world)[0] == 200
    iam.update_access_key(UserName=name, AccessKeyId=signer.key, Status="Inactive")
    status, code, _ = url.by(subject.world)
    assert (status, code) == (403, "InvalidAccessKeyId")


def _refused(world: World, request: Sent) -> None:
    before = world.observer.state()
    status, code, body = request.by(world)
    assert (status, code) == (403, "AccessDenied"), body
    assert MARKER.encode() not in body
    assert not change(before, world.observer.state())


# ACLs -----------------------------------------------------------------------------------------------------------

EVERYBODY = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
PUBLIC: list[Params] = [
    {"ACL": "public-read"},
    {"ACL": "public-read-write"},
    {"ACL": "authenticated-read"},
    {"GrantRead": EVERYBODY},
    {"GrantFullControl": EVERYBODY},
]
WRITES: dict[str, Callable[[Any, str, Params], Any]] = {
    "object": lambda s3, bucket, acl: s3.put_object(Bucket=bucket, Key="public", Body=b"x", **acl),
    "acl of an object": lambda s3, bucket, acl: s3.put_object_acl(Bucket=bucket, Key="kept", **acl),
    "acl of a bucket": lambda s3, bucket, acl: s3.put_bucket_acl(Bucket=bucket, **acl),
    "upload": lambda s3, bucket, acl: s3.create_multipart_upload(Bucket=bucket, Key="public", **acl),
    "copy": lambda s3, bucket, acl: s3.copy_object(
        Bucket=bucket, Key="public", CopySource=f"{bucket}/kept", **acl
    ),
    "new bucket": lambda s3, bucket, acl: s3.create_bucket(Bucket=f"{bucket}-new", **acl),
}


@pytest.mark.parametrize("acl", PUBLIC, ids=str)
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
@pytest.mark.parametrize("ownership", ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"])
def test_no_acl_makes_anything_public(
    world: World, ownership: str, write: Callable[[Any, str, Params], Any], acl: Params
) -> None:
    """A bucket begins with its public access block, which refuses public ACLs whatever its ownership. What they do without it
    is in tests/services/s3/acls."""
    s3 = world.client("s3")
    bucket = world.once(f"acl {ownership}", lambda w: _bucket_with_acls(w, ownership))
    before = world.observer.state()
    with pytest.raises(ClientError) as refused:
        write(s3, bucket, acl)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403, 501)
    assert not change(before, world.observer.state())
    for path in (f"/{bucket}", f"/{bucket}/kept", f"/{bucket}/public"):
        assert world.send("GET", ENDPOINT + path, {})[0] == 403


def _bucket_with_acls(world: World, ownership: str) -> str:
    """A bucket of this ownership with the object `kept`."""
    name, s3 = world.fresh("acl"), world.client("s3")
    s3.create_bucket(Bucket=name, ObjectOwnership=ownership)
    s3.put_object(Bucket=name, Key="kept", Body=b"x")
    return name


# numbers and tokens that nobody sends ---------------------------------------------------------------------------

ODD = {
    "range beyond": ("GET", "/bucket-1/secret", {"range": "bytes=99999999999999999999-"}),
    "range of giants": ("GET", "/bucket-1/secret", {"range": f"bytes=0-{'9' * 400}"}),
    "range backwards": ("GET", "/bucket-1/secret", {"range": "bytes=5-1"}),
    "range of nothing": ("GET", "/bucket-1/secret", {"range": "bytes=--1"}),
    "many ranges": ("GET", "/bucket-1/secret", {"range": "bytes=" + ",".join(["0-0"] * 2000)}),
    "part zero": ("GET", "/bucket-1/secret?partNumber=0", {}),
    "part of giants": ("GET", f"/bucket-1/secret?partNumber={'9' * 400}", {}),
    "negative part": ("GET", "/bucket-1/secret?partNumber=-1", {}),
    "negative keys": ("GET", "/bucket-1?list-type=2&max-keys=-1", {}),
    "giant keys": ("GET", f"/bucket-1?list-type=2&max-keys={'9' * 400}", {}),
    "made up token": ("GET", "/bucket-1?list-type=2&continuation-token=..%2F..%2Fetc", {}),
    "token of bytes": ("GET", "/bucket-1?list-type=2&continuation-token=%00%ff%fe", {}),
    "made up version": ("GET", "/bucket-1/secret?versionId=..%2F..%2Fetc%2Fpasswd", {}),
    "made up upload": ("GET", "/bucket-1/secret?uploadId=..%2F..%2Fetc%2Fpasswd", {}),
    "upload of NUL": ("GET", "/bucket-1/secret?uploadId=%00", {}),
    "key of NUL": ("GET", "/bucket-1/%00", {}),
    "key that is no text": ("GET", "/bucket-1/%ff%fe", {}),
    "key of 2,000 letters": ("GET", f"/bucket-1/{'k' * 2000}", {}),
    "date that is none": ("GET", "/bucket-1/secret", {"if-modified-since": "9" * 400}),
    "negative length": ("PUT", "/bucket-1/odd", {"x-amz-decoded-content-length": "-1"}),
}  # fmt: skip


@pytest.mark.parametrize(("method", "target", "headers"), ODD.values(), ids=ODD.keys())
def test_odd_numbers_and_tokens_are_a_clients_mistake(
    world: World, method: str, target: str, headers: dict[str, str]
) -> None:
    status, code, body = by_header(world.owner, method, target, headers=headers).by(world)
    assert status < 500, (status, code, body)
    assert b"root:" not in body
    assert _nobody(world, method, target, headers) in (400, 403, 404)


def _nobody(world: World, method: str, target: str, headers: dict[str, str]) -> int:
    """The same unsigned; it must not be told more than that it is refused, or was no request."""
    status, _, body = world.send(method, ENDPOINT + target, headers)
    assert MARKER.encode() not in body
    return status
