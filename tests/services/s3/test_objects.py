"""PutObject, GetObject, HeadObject, DeleteObject. Oracle: recorded answers of AWS and the API reference."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from email.header import decode_header, make_header

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.inprocess import ENDPOINT
from tests.security.signers import Sent, by_header


def send(app, method, path, headers=(), body=b"", encoding="utf-8"):
    """The headers of the answer to a request whose own headers are sent in this encoding, which boto3 does not do."""
    signed = by_header(Sent(method, path, dict(headers), body))
    raw = {name: text.encode(encoding).decode("latin-1") for name, text in signed.headers.items()}
    status, found, _ = app.request(method, ENDPOINT + path, raw, body)
    assert status == 200
    return dict(found)


@pytest.mark.parametrize("size", [0, 1, 1000, 8 << 10, (8 << 10) + 1, 64 << 10, 100_000, 1_500_000])
def test_what_was_put_is_what_is_got(s3, bucket, size):
    body = bytes(i % 251 for i in range(size))
    put = s3.put_object(Bucket=bucket, Key="k", Body=body)
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == body
    assert put["ETag"] == got["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert (got["ContentLength"], got["ContentType"]) == (size, "binary/octet-stream")
    assert (got["AcceptRanges"], got["ServerSideEncryption"]) == ("bytes", "AES256")


@pytest.mark.parametrize(
    "key",
    [
        "a b/ü+%.txt",
        "../../etc/passwd",
        "a//b",
        "/a",
        "a/",
        "test@key/",
        "file%2Fname",
        "a/😀/",
        "?x=1",
        "a&b;c",
    ],
)
def test_a_key_is_data(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"1"
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    s3.delete_object(Bucket=bucket, Key=key)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_key_is_at_most_1024_bytes(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k" * 1024, Body=b"")
    with refused("KeyTooLongError", 400):
        s3.put_object(Bucket=bucket, Key="ü" * 513, Body=b"")
    with refused("KeyTooLongError", 400):  # a request for one is answered with the reason
        s3.get_object(Bucket=bucket, Key="ü" * 513)
    with refused("400", 400):
        s3.head_object(Bucket=bucket, Key="k" * 1025)


def test_system_headers_are_kept(s3, bucket):
    headers = {
        "CacheControl": "max-age=74",
        "ContentDisposition": 'attachment; filename="foo.jpg"',
        "ContentEncoding": "gzip",
        "ContentLanguage": "de-DE",
        "ContentType": "image/jpeg",
        "WebsiteRedirectLocation": "/elsewhere",
    }
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", **headers)
    head = s3.head_object(Bucket=bucket, Key="k")
    assert {name: head[name] for name in headers} == headers


def test_aws_chunked_is_never_kept_as_an_encoding(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", ContentEncoding="aws-chunked,gzip")
    assert s3.head_object(Bucket=bucket, Key="k")["ContentEncoding"] == "gzip"


def test_answers_may_be_overridden(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    got = s3.get_object(
        Bucket=bucket, Key="k", ResponseContentType="image/jpeg", ResponseCacheControl="no-cache"
    )
    assert (got["ContentType"], got["CacheControl"]) == ("image/jpeg", "no-cache")


def test_an_override_that_no_header_can_carry(s3, bucket, refused):
    # recorded: test_get_response_overrides_unicode_metadata_with_sig_s3
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    with refused("InvalidArgument", 400) as refusal:
        s3.get_object(Bucket=bucket, Key="k", ResponseCacheControl="non-ascii-\u2014")
    assert refusal.error["Message"] == "Header value cannot be represented using ISO-8859-1."
    assert refusal.error["ArgumentName"] == "response-cache-control"
    assert s3.get_object(Bucket=bucket, Key="k", ResponseCacheControl="\u00e9t\u00e9")["CacheControl"]


def test_a_body_of_unknown_length_is_refused(app, s3, bucket):
    url = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "k"})
    status, _, body = app.request("PUT", url, {"transfer-encoding": "chunked"}, b"abc")
    assert (status, b"<Header>Transfer-Encoding</Header>" in body) == (501, True), body
    status, _, body = app.request("PUT", url, {})
    assert (status, b"<Code>MissingContentLength</Code>" in body) == (411, True), body


def test_user_metadata(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", Metadata={"Test": "foo", "safe": "!\"#$%&'()*+,-./"})
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"test": "foo", "safe": "!\"#$%&'()*+,-./"}
    with refused("MetadataTooLarge", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"1", Metadata={"a": "x" * 2048})


@pytest.mark.parametrize(
    ("sent", "answered"),
    [  # recorded: test_user_metadata_rfc2047_encoded
        ("=?UTF-8?B?YWJj?=", "abc"),
        ("=?UTF-8?Q?actually-ascii?=", "actually-ascii"),
        ("=?UTF-8?B?AAECAw==?=", "=?UTF-8?B?AAECAw==?="),
        ("=?UTF-8?Q?=C3=84?=", "=?UTF-8?B?w4Q=?="),  # most of it is not ASCII
        ("=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=", "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?="),
        (
            "=?UTF-8?Q?test=5F=E2=80=94=5Ffile%E2%80%94=3F.pdf?=",
            "=?UTF-8?Q?test=5F=E2=80=94=5Ffile%E2%80%94=3F.pdf?=",
        ),
        ("=?UTF-8?B?77+9Ye+/vQ==?=", "=?UTF-8?B?77+9Ye+/vQ==?="),
    ],
)
def test_metadata_words_are_decoded_and_encoded(s3, bucket, sent, answered):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", Metadata={"m": sent})
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"m": answered}


@pytest.mark.parametrize(
    ("text", "encoding", "answered"),
    [
        # "Working with object metadata" (S3 User Guide): bytes of a header are ISO-8859-1, also where UTF-8 was meant
        ("ÄMÄZÕÑ S3", "utf-8", "=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?="),
        ("Mini\u00f6", "utf-8", "=?UTF-8?Q?Mini=C3=83=C2=B6?="),  # as S3 answered in minio/minio#21282
        ("Mini\u00f6", "latin-1", "=?UTF-8?Q?Mini=C3=B6?="),
    ],
)
def test_raw_bytes_of_metadata(app, s3, bucket, text, encoding, answered):
    send(app, "PUT", f"/{bucket}/k", {"x-amz-meta-m": text}, b"1", encoding)
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"m": answered}


def test_long_metadata_is_several_words(s3, bucket):
    # "An 'encoded-word' may not be more than 75 characters long" (RFC 2047, 2)
    text = "é" * 40 + "plain" * 20
    value = f"=?UTF-8?B?{b64encode(text.encode()).decode()}?="
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", Metadata={"m": value})
    answered = s3.head_object(Bucket=bucket, Key="k")["Metadata"]["m"]
    assert max(map(len, answered.split(" "))) <= 75
    assert str(make_header(decode_header(answered))) == text
    s3.copy_object(
        Bucket=bucket,
        Key="k",
        CopySource=f"{bucket}/k",
        MetadataDirective="REPLACE",
        Metadata={"m": answered},
    )
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"]["m"] == answered


HEADERS = {
    "content-disposition": 'attachment; filename="M\u00fcnchen \u00e9.csv"',
    "content-language": "\u00e9",
    "cache-control": "no-cache, \u00ff",
    "content-type": "text/csv; header=\u00e9",
    "x-amz-website-redirect-location": "/\u00e9",
}


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_the_bytes_of_a_header_come_back(app, s3, bucket, encoding):
    # S3 represents headers in ISO-8859-1, as its refusal of everything else says (guardian/grid#1721 relies on it).
    send(app, "PUT", f"/{bucket}/k", HEADERS, b"1", encoding)
    for method in ("GET", "HEAD"):
        found = send(app, method, f"/{bucket}/k")
        assert {name: found[name].encode("latin-1").decode(encoding) for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    "name",
    [
        "ResponseCacheControl",
        "ResponseContentDisposition",
        "ResponseContentEncoding",
        "ResponseContentLanguage",
        "ResponseContentType",
    ],
)
@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_an_override_goes_out_in_latin_1(app, client, s3, bucket, name, version):
    signer = client("s3", config=Config(signature_version=version))
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    value = 'attachment; filename="M\u00fcnchen \u00e9.csv"'
    url = signer.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k", name: value})
    status, headers, _ = app.request("GET", url, {})
    assert (status, dict(headers)[re.sub("(?<!^)(?=[A-Z])", "-", name[8:]).lower()]) == (200, value)


def test_storage_classes_are_told_but_for_standard(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", StorageClass="STANDARD_IA")
    assert s3.head_object(Bucket=bucket, Key="k")["StorageClass"] == "STANDARD_IA"
    s3.put_object(Bucket=bucket, Key="s", Body=b"1")
    assert "StorageClass" not in s3.head_object(Bucket=bucket, Key="s")
    s3.put_object(Bucket=bucket, Key="deep", Body=b"1", StorageClass="DEEP_ARCHIVE")
    with refused("InvalidObjectState", 403) as refusal:
        s3.get_object(Bucket=bucket, Key="deep")
    assert refusal.error["StorageClass"] == "DEEP_ARCHIVE"


def test_a_missing_key_is_missed_by_name(s3, bucket, refused):
    with refused("NoSuchKey", 404) as refusal:
        s3.get_object(Bucket=bucket, Key="missing")
    assert refusal.error["Key"] == "missing"
    assert refusal.error["Message"] == "The specified key does not exist."
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="missing")
    with refused("NoSuchBucket", 404):
        s3.get_object(Bucket="missing", Key="k")
    with refused("NoSuchBucket", 404):
        s3.put_object(Bucket="missing", Key="k", Body=b"x" * 2_000_000)


def test_deleting_twice_is_no_error(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    for _ in range(2):
        answer = s3.delete_object(Bucket=bucket, Key="k")
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert "VersionId" not in answer


def test_many_are_deleted_at_once(s3, bucket):
    for key in "abc":
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": k} for k in ("a", "b", "missing")]})
    assert answer["Deleted"] == [{"Key": "a"}, {"Key": "b"}, {"Key": "missing"}]
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["c"]
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "c"}], "Quiet": True})
    assert "Deleted" not in quiet
    assert "Errors" not in quiet


def test_more_than_1000_at_once_are_malformed(s3, bucket, refused):
    with refused("MalformedXML", 400):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": str(k)} for k in range(1001)]})


def test_deleting_may_hang_on_the_etag(s3, bucket, refused):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["ETag"]
    with refused("PreconditionFailed", 412):
        s3.delete_object(Bucket=bucket, Key="k", IfMatch='"other"')
    s3.delete_object(Bucket=bucket, Key="k", IfMatch=etag)
    with pytest.raises(ClientError):
        s3.head_object(Bucket=bucket, Key="k")


@pytest.mark.parametrize(
    ("wish", "code", "status"),
    [
        ({"ObjectLockLegalHoldStatus": "ON"}, "InvalidRequest", 400),
        ({"ACL": "public-read"}, "AccessControlListNotSupported", 400),
        ({"StorageClass": "OUTPOSTS"}, "InvalidStorageClass", 400),
    ],
)
def test_what_is_not_here_is_refused_by_name(s3, bucket, refused, wish, code, status):
    with refused(code, status):
        s3.put_object(Bucket=bucket, Key="k", Body=b"1", **wish)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_replaced_body_is_given_up(s3, bucket, platform):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 100_000)
    s3.put_object(Bucket=bucket, Key="k", Body=b"y" * 100_000)
    with platform.store.read() as tx:
        assert tx.sql("SELECT COUNT(*) FROM s3_garbage") == [(1,)]
        assert tx.sql("SELECT COUNT(*) FROM s3_object") == [(1,)]


def test_attributes(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"12345", ChecksumAlgorithm="SHA256")
    wanted = ["ETag", "Checksum", "ObjectSize", "StorageClass", "ObjectParts"]
    answer = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=wanted)
    assert answer["ETag"] == hashlib.md5(b"12345").hexdigest()
    assert (answer["ObjectSize"], answer["StorageClass"]) == (5, "STANDARD")
    assert set(answer["Checksum"]) == {"ChecksumSHA256", "ChecksumType"}
    assert "ObjectParts" not in answer
    assert "ETag" not in s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectSize"])
