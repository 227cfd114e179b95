"""CopyObject. Oracle: recorded answers (`test_s3_copy_*`, `test_copy_object_*`) and the API reference."""

from __future__ import annotations

import hashlib

import pytest
from botocore.config import Config


@pytest.fixture
def source(s3, bucket):
    s3.put_object(
        Bucket=bucket,
        Key="src",
        Body=b"x" * 100_000,
        Metadata={"a": "1"},
        ContentType="text/plain",
        Tagging="t=1",
    )
    return f"{bucket}/src"


def copy(s3, bucket, source, key="dst", **options):
    return s3.copy_object(Bucket=bucket, Key=key, CopySource=source, **options)


def test_a_copy_is_the_same_again(s3, bucket, source):
    answer = copy(s3, bucket, source)["CopyObjectResult"]
    got = s3.get_object(Bucket=bucket, Key="dst")
    assert got["Body"].read() == b"x" * 100_000
    assert answer["ETag"] == got["ETag"] == f'"{hashlib.md5(b"x" * 100_000).hexdigest()}"'
    assert (got["Metadata"], got["ContentType"]) == ({"a": "1"}, "text/plain")
    assert s3.get_object_tagging(Bucket=bucket, Key="dst")["TagSet"] == [{"Key": "t", "Value": "1"}]


def test_no_bytes_are_copied_and_none_are_lost(s3, bucket, source, platform, clock, loop):
    from clary.services.s3.sweep import sweep

    copy(s3, bucket, source)
    blobs = [p for p in (platform.settings.home / "objects" / "blobs").rglob("*") if p.is_file()]
    assert len(blobs) == 1
    s3.delete_object(Bucket=bucket, Key="src")
    clock.advance(61)
    assert loop.run(sweep(platform)).discarded == 0
    assert s3.get_object(Bucket=bucket, Key="dst")["Body"].read() == b"x" * 100_000
    s3.delete_object(Bucket=bucket, Key="dst")
    clock.advance(61)
    assert loop.run(sweep(platform)).discarded == 1
    assert [p for p in (platform.settings.home / "objects" / "blobs").rglob("*") if p.is_file()] == []


def test_metadata_and_tags_may_be_replaced(s3, bucket, source):
    copy(
        s3,
        bucket,
        source,
        Metadata={"b": "2"},
        MetadataDirective="REPLACE",
        Tagging="u=2",
        TaggingDirective="REPLACE",
    )
    head = s3.head_object(Bucket=bucket, Key="dst")
    assert (head["Metadata"], head["ContentType"]) == ({"b": "2"}, "binary/octet-stream")
    assert s3.get_object_tagging(Bucket=bucket, Key="dst")["TagSet"] == [{"Key": "u", "Value": "2"}]
    copy(s3, bucket, source, key="third", TaggingDirective="REPLACE")
    assert s3.get_object_tagging(Bucket=bucket, Key="third")["TagSet"] == []


def test_onto_itself_only_with_a_change(s3, bucket, source, refused):
    with refused("InvalidRequest", 400) as refusal:
        copy(s3, bucket, source, key="src")
    assert refusal.error["Message"].startswith(
        "This copy request is illegal because it is trying to copy an object"
    )
    copy(s3, bucket, source, key="src", StorageClass="STANDARD_IA")
    assert s3.head_object(Bucket=bucket, Key="src")["StorageClass"] == "STANDARD_IA"
    copy(s3, bucket, source, key="src", Metadata={"c": "3"}, MetadataDirective="REPLACE")
    assert s3.head_object(Bucket=bucket, Key="src")["Metadata"] == {"c": "3"}
    assert s3.get_object(Bucket=bucket, Key="src")["Body"].read() == b"x" * 100_000


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_onto_itself_with_versions_only_from_a_version(s3, bucket, source, refused, status):
    # What S3 does by users' reports: getmoto/moto#7300, versity/versitygw#2418, scality/cloudserver#1012.
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
    with refused("InvalidRequest", 400) as refusal:
        copy(s3, bucket, source, key="src")
    assert "illegal because it is trying to copy an object to itself" in refusal.error["Message"]
    copy(s3, bucket, source, key="src", MetadataDirective="REPLACE", Metadata={"c": "3"})
    versions = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert len(versions) == (2 if status == "Enabled" else 1)
    copy(s3, bucket, f"{source}?versionId={versions[-1]['VersionId']}", key="src")
    assert s3.head_object(Bucket=bucket, Key="src")["Metadata"] == (
        {"a": "1"} if status == "Enabled" else {"c": "3"}
    )


def test_onto_itself_where_the_bucket_has_an_encryption_of_its_own(s3, bucket, source):
    # "S3 will allow copy in place if the bucket has encryption configured": test_copy_in_place_with_bucket_encryption, a
    # test of localstack's against AWS.
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert copy(s3, bucket, source, key="src")["CopyObjectResult"]["ETag"]


def test_onto_itself_where_it_must_not_be_there(s3, bucket, source, refused):
    # recorded: test_copy_object_if_none_match_in_place
    with refused("PreconditionFailed", 412) as refusal:
        copy(s3, bucket, source, key="src", IfNoneMatch="*")
    assert refusal.error["Condition"] == "If-None-Match"


def test_the_copy_of_an_upload_in_parts_is_one_whole(s3, bucket):
    body = b"y" * 100_000
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="mp")["UploadId"]
    etag = s3.upload_part(Bucket=bucket, Key="mp", UploadId=upload_id, PartNumber=1, Body=body)["ETag"]
    s3.complete_multipart_upload(
        Bucket=bucket,
        Key="mp",
        UploadId=upload_id,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]},
    )
    assert s3.head_object(Bucket=bucket, Key="mp")["ETag"].endswith('-1"')
    answer = copy(s3, bucket, f"{bucket}/mp")["CopyObjectResult"]
    assert answer["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert answer["ChecksumType"] == "FULL_OBJECT"


def test_an_acl_is_no_change(s3, bucket, source, refused):
    # recorded: test_s3_copy_object_in_place, "copy-object-in-place-with-acl"
    with refused("InvalidRequest", 400) as refusal:
        s3.copy_object(Bucket=bucket, Key="src", CopySource=f"{bucket}/src", ACL="public-read")
    assert "illegal because it is trying to copy an object to itself" in refusal.error["Message"]


def test_a_copy_may_have_another_sum(s3, bucket):
    s3.put_object(Bucket=bucket, Key="src", Body=b"test data..")
    answer = copy(s3, bucket, f"{bucket}/src", ChecksumAlgorithm="SHA256")["CopyObjectResult"]
    assert answer["ChecksumSHA256"] == "2l26x0trnT0r2AvakoFk2MB7eKVKzYESLMxSAKAzoik="


@pytest.mark.parametrize("key", ["a b/ü+%.txt", "a?versionId=x", "a/😀/"])
def test_odd_keys_are_copied(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    copy(s3, bucket, {"Bucket": bucket, "Key": key})
    assert s3.get_object(Bucket=bucket, Key="dst")["Body"].read() == b"1"


@pytest.fixture(params=["CopyObject", "UploadPartCopy"])
def raw_copy(request, client, s3, bucket):
    """`raw_copy(source)`: copy with this very header, in either way, and return what was copied."""
    sent = client("s3")
    values = []

    def replace(request, **_):
        request.headers.replace_header("x-amz-copy-source", values[-1])

    sent.meta.events.register(f"before-sign.s3.{request.param}", replace)

    def copy_part(named):
        upload = s3.create_multipart_upload(**named)["UploadId"]
        etag = sent.upload_part_copy(**named, UploadId=upload, PartNumber=1, CopySource="a/b")[
            "CopyPartResult"
        ]["ETag"]
        parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
        s3.complete_multipart_upload(**named, UploadId=upload, MultipartUpload=parts)

    def copy(source):
        values.append(source)
        named = {"Bucket": bucket, "Key": "copied"}
        if request.param == "CopyObject":
            sent.copy_object(**named, CopySource="a/b")
        else:
            copy_part(named)
        return s3.get_object(**named)["Body"].read().decode()

    return copy


@pytest.mark.parametrize(
    ("source", "key"),
    [
        # "The value must be URL-encoded" (CopyObject, API reference); a plus is a space: localstack/localstack#9990, whose
        # fix has a test against AWS. The JavaScript SDK's users encode all of it: aws/aws-sdk-js#1821.
        ("bucket/sp+ace", "sp ace"),
        ("bucket/sp%20ace", "sp ace"),
        ("bucket/c%2B%2B", "c++"),
        ("/bucket/plain", "plain"),
        ("bucket%2Fplain", "plain"),
        ("%2Fbucket%2Fplain", "plain"),
        ("bucket/a%2Fb", "a/b"),
        ("bucket/a%252Fb", "a%2Fb"),
        ("bucket/100%25", "100%"),
        ("bucket/%C3%BC", "ü"),
        ("bucket/ü", "ü"),
        ("bucket/q%3FversionId=1", "q?versionId=1"),
    ],
)
def test_a_source_is_url_encoded(s3, bucket, raw_copy, source, key):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert raw_copy(source) == key


@pytest.mark.parametrize(
    ("source", "code", "status"),
    [
        ("bucket/c++", "NoSuchKey", 404),
        ("bucket/a%2520b", "NoSuchKey", 404),
        ("bucket/c%2B%2B?versionId=zzz", "InvalidArgument", 400),
        ("bucket/", "InvalidArgument", 400),
        ("bucket%2F", "InvalidArgument", 400),
        ("bucket", "InvalidArgument", 400),
        ("/", "InvalidArgument", 400),
        ("arn:aws:s3:::bucket/c%2B%2B", "InvalidArgument", 400),
        ("arn:aws:s3:us-east-1:111122223333:accesspoint/mine/object/k", "NoSuchAccessPoint", 404),
        ("arn%3Aaws%3As3%3Aus-east-1%3A111122223333%3Aaccesspoint%2Fmine/object/k", "NoSuchAccessPoint", 404),
        ("arn:aws:s3-outposts:us-east-1:111122223333:outpost/o/object/k", "NotImplemented", 501),
    ],
)
def test_sources_that_name_no_object(s3, bucket, raw_copy, refused, source, code, status):
    s3.put_object(Bucket=bucket, Key="c++", Body=b"1")
    s3.put_object(Bucket=bucket, Key="a b", Body=b"1")
    with refused(code, status):
        raw_copy(source)


def test_a_version_in_a_source(s3, versioned, raw_copy):
    first = s3.put_object(Bucket=versioned, Key="a b", Body=b"1")["VersionId"]
    s3.put_object(Bucket=versioned, Key="a b", Body=b"2")
    assert raw_copy("bucket/a+b") == "2"
    assert raw_copy(f"bucket/a+b?versionId={first}") == "1"
    assert raw_copy(f"bucket%2Fa+b?versionId={first.replace('_', '%5F')}") == "1"


def test_conditions_on_the_source(s3, bucket, source, refused):
    etag = s3.head_object(Bucket=bucket, Key="src")["ETag"]
    copy(s3, bucket, source, CopySourceIfMatch=etag)
    with refused("PreconditionFailed", 412) as refusal:
        copy(s3, bucket, source, CopySourceIfNoneMatch=etag)
    assert refusal.error["Condition"] == "x-amz-copy-source-If-None-Match"


def test_conditions_on_the_target(s3, bucket, source, refused):
    copy(s3, bucket, source, IfNoneMatch="*")
    with refused("PreconditionFailed", 412):
        copy(s3, bucket, source, IfNoneMatch="*")
    with refused("NoSuchKey", 404) as refusal:
        copy(s3, bucket, source, key="missing", IfMatch='"x"')
    assert refusal.error["Key"] == "missing"


def test_sources_that_are_not_there(s3, bucket, refused):
    with refused("NoSuchKey", 404) as refusal:
        copy(s3, bucket, f"{bucket}/missing")
    assert refusal.error["Key"] == "missing"
    with refused("NoSuchBucket", 404):
        copy(s3, bucket, "missing/k")
    with refused("InvalidArgument", 400):
        copy(s3, bucket, "nothing")


def test_directives_that_are_none(client, bucket, source, refused):
    s3 = client("s3", config=Config(parameter_validation=False))
    for option, message in (
        ({"MetadataDirective": "MOVE"}, "Unknown metadata directive."),
        ({"TaggingDirective": "MOVE"}, "Unknown tagging directive."),
    ):
        with refused("InvalidArgument", 400) as refusal:
            s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/src", **option)
        assert refusal.error["Message"] == message


def test_a_delete_marker_is_not_copied(s3, versioned, refused):
    # CopyObject (API reference): 404 for a current delete marker, 400 for one that is named by its version.
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    with refused("NoSuchKey", 404):
        copy(s3, versioned, f"{versioned}/k")
    with refused("InvalidRequest", 400) as refusal:
        copy(s3, versioned, {"Bucket": versioned, "Key": "k", "VersionId": marker})
    assert refusal.error["Message"] == (
        "The source of a copy request may not specifically refer to a delete marker by version id."
    )


def test_versions_are_copied(s3, versioned):
    v1 = s3.put_object(Bucket=versioned, Key="k", Body=b"1")["VersionId"]
    s3.put_object(Bucket=versioned, Key="k", Body=b"2")
    answer = copy(s3, versioned, {"Bucket": versioned, "Key": "k", "VersionId": v1}, key="k")
    assert answer["CopySourceVersionId"] == v1
    assert s3.get_object(Bucket=versioned, Key="k")["Body"].read() == b"1"
    assert len(s3.list_object_versions(Bucket=versioned)["Versions"]) == 3
