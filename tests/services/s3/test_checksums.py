"""Checksums of uploads. Oracle: recorded sentences of AWS (`test_put_object_checksum`, `test_s3_checksum_no_algorithm`,
`test_s3_invalid_content_md5`) and hashlib/zlib."""

from __future__ import annotations

import base64
import hashlib
import zlib

import pytest

VALUES = {
    "CRC32": base64.b64encode(zlib.crc32(b"test data..").to_bytes(4, "big")).decode(),
    "SHA1": base64.b64encode(hashlib.sha1(b"test data..").digest()).decode(),
    "SHA256": "2l26x0trnT0r2AvakoFk2MB7eKVKzYESLMxSAKAzoik=",  # recorded: test_s3_checksum_no_algorithm
    "CRC64NVME": "qUVrWYOrIAM=",  # recorded: test_put_object_checksum[CRC64NVME]
}


@pytest.mark.parametrize("algorithm", list(VALUES))
def test_a_right_sum_is_kept_and_told(s3, bucket, algorithm):
    member = f"Checksum{algorithm}"
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"test data..", **{member: VALUES[algorithm]})
    assert (put[member], put["ChecksumType"]) == (VALUES[algorithm], "FULL_OBJECT")
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert (got[member], got["Body"].read()) == (VALUES[algorithm], b"test data..")
    assert [o["ChecksumAlgorithm"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [[algorithm]]


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"])
def test_a_wrong_sum_is_refused(s3, bucket, refused, algorithm):
    length = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32}[algorithm]
    wrong = base64.b64encode(b"\0" * length).decode()
    with refused("BadDigest", 400) as refusal:
        s3.put_object(Bucket=bucket, Key="k", Body=b"abc", **{f"Checksum{algorithm}": wrong})
    assert refusal.error["Message"] == f"The {algorithm} you specified did not match the calculated checksum."
    with refused("InvalidRequest", 400) as refusal:
        s3.put_object(Bucket=bucket, Key="k", Body=b"abc", **{f"Checksum{algorithm}": "not base64"})
    assert refusal.error["Message"] == f"Value for x-amz-checksum-{algorithm.lower()} header is invalid."
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_one_sum_is_enough(s3, bucket, refused):
    with refused("InvalidRequest", 400) as refusal:
        s3.put_object(Bucket=bucket, Key="k", Body=b"abc", ChecksumSHA1="a", ChecksumSHA256="b")
    assert refusal.error["Message"] == (
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
    )


@pytest.mark.parametrize("given", ["__invalid__", "000", "MTIz", "not base64 encoded checksum"])
def test_a_content_md5_that_is_none(s3, bucket, refused, given):
    with refused("InvalidDigest", 400) as refusal:
        s3.put_object(Bucket=bucket, Key="k", Body=b"something", ContentMD5=given)
    assert refusal.error["Content-MD5"] == given


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("Content-MD5", "AAAA", "InvalidDigest"),
        ("Content-MD5", base64.b64encode(b"0" * 16).decode(), "BadDigest"),
        ("x-amz-checksum-crc32", "AAAAAA==", "BadDigest"),
    ],
)
def test_documents_are_held_to_their_digests(s3, bucket, refused, header, value, code):
    """ "Error responses" (S3 API reference): BadDigest and InvalidDigest are of every request with a body."""

    def lie(request, **_):
        del request.headers[header]  # setting alone would add one more
        request.headers[header] = value

    s3.meta.events.register("before-sign.s3.PutBucketTagging", lie)
    with refused(code, 400):
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    with refused("NoSuchTagSet", 404):
        s3.get_bucket_tagging(Bucket=bucket)


@pytest.mark.parametrize("size", [9, 90_000, 2_000_000])
def test_a_content_md5_of_something_else(s3, bucket, refused, platform, size):
    md5 = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    with refused("BadDigest", 400) as refusal:
        s3.put_object(Bucket=bucket, Key="k", Body=b"x" * size, ContentMD5=md5)
    assert refusal.error["Message"] == "The Content-MD5 you specified did not match what we received."
    assert refusal.error["ExpectedDigest"] == hashlib.md5(b"other").hexdigest()
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    assert not [p for p in (platform.settings.home / "objects" / "blobs").rglob("*") if p.is_file()]


def test_without_a_claim_crc64nvme_is_kept(client, bucket):
    from botocore.config import Config

    s3 = client("s3", config=Config(request_checksum_calculation="when_required"))
    s3.put_object(Bucket=bucket, Key="k", Body=b"test data..")
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert head["ChecksumCRC64NVME"] == VALUES["CRC64NVME"]
    assert "ChecksumType" not in s3.head_object(Bucket=bucket, Key="k")


def test_a_large_body_is_held_to_its_sum(s3, bucket, refused):
    body = bytes(range(256)) * 8000
    s3.put_object(Bucket=bucket, Key="k", Body=body)
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["ChecksumCRC32"] == base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    with refused("BadDigest", 400):
        s3.put_object(Bucket=bucket, Key="l", Body=body, ChecksumCRC32="AAAAAA==")
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="l")


def test_a_range_has_no_sum_of_the_whole(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    assert "ChecksumCRC32" not in s3.get_object(Bucket=bucket, Key="k", Range="bytes=1-2")


@pytest.mark.parametrize("size", [5, 200_000, 1_500_000])
@pytest.mark.parametrize("right", [True, False])
def test_a_sum_in_the_trailer(app, s3, bucket, size, right):
    """What boto3 sends over TLS: STREAMING-UNSIGNED-PAYLOAD-TRAILER (clients.md 2.3)."""
    body = bytes(i % 253 for i in range(size))
    crc = zlib.crc32(body if right else b"other")
    text = base64.b64encode(crc.to_bytes(4, "big")).decode()
    framed = b"%x\r\n%b\r\n0\r\nx-amz-checksum-crc32:%b\r\n\r\n" % (size, body, text.encode())
    status, _, answer = signed(app, s3, bucket, framed, size)
    assert status == (200 if right else 400), answer
    if right:
        assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body
        assert "ContentEncoding" not in s3.head_object(Bucket=bucket, Key="k")
    else:
        assert b"<Code>BadDigest</Code>" in answer


@pytest.mark.parametrize("size", ["", "-1", "five", "9" * 5000], ids=["none", "minus", "word", "long"])
def test_a_size_that_is_no_number_is_a_missing_one(app, s3, bucket, size):
    # "Error responses" (S3 API reference): MissingContentLength, 411.
    status, _, answer = signed(app, s3, bucket, b"0\r\n\r\n", size)
    assert (status, b"<Code>MissingContentLength</Code>" in answer) == (411, True), answer


@pytest.mark.parametrize("right", [True, False])
def test_a_document_in_chunks(app, s3, bucket, right):
    """As the objects, so the documents: some SDKs send every body with a checksum in this form over TLS."""
    tags = b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
    text = base64.b64encode(zlib.crc32(tags if right else b"other").to_bytes(4, "big"))
    framed = b"%x\r\n%b\r\n0\r\nx-amz-checksum-crc32:%b\r\n\r\n" % (len(tags), tags, text)
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    status, _, answer = signed(app, s3, bucket, framed, len(tags), "k?tagging")
    assert status == (200 if right else 400), answer
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == (
        [{"Key": "a", "Value": "b"}] if right else []
    )


def signed(app, s3, bucket, body, decoded, path="k"):
    """A PUT with a chunked body, signed by botocore."""
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest

    from tests.inprocess import ENDPOINT

    request = AWSRequest(
        method="PUT",
        url=f"{ENDPOINT}/{bucket}/{path}",
        headers={
            "content-encoding": "aws-chunked",
            "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "x-amz-decoded-content-length": str(decoded),
            "x-amz-trailer": "x-amz-checksum-crc32",
            "x-amz-sdk-checksum-algorithm": "CRC32",
            "transfer-encoding": "chunked",
        },
    )
    credentials = s3._request_signer._credentials
    auth = S3SigV4Auth(credentials, "s3", "us-east-1")
    auth.payload = lambda request: "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    request.context["payload_signing_enabled"] = False
    auth.add_auth(request)
    request.headers.replace_header("X-Amz-Content-SHA256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    return app.request("PUT", request.url, dict(request.headers.items()), body)
