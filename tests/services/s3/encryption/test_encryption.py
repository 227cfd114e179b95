"""Objects are really encrypted, in each of S3's ways, and come back whole and by ranges.

Answers are those that AWS was recorded with (localstack, tests/aws/services/s3, test_s3.py: TestS3SSECEncryption,
test_s3_sse_validate_kms_key_state, test_s3_copy_object_in_place_with_encryption; test_s3_api.py: TestS3BucketEncryption).
"""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest

from tests.services.s3.encryption.conftest import SECRET

SIZES = [0, 20, 5_000, 60_000, 400_000]
MIB = 1 << 20


def content(size: int) -> bytes:
    return (SECRET * (size // len(SECRET) + 1))[:size]


def put(s3: Any, bucket: str, size: int, **options: Any) -> dict[str, Any]:
    return s3.put_object(Bucket=bucket, Key="k", Body=content(size), **options)


def read(s3: Any, bucket: str, key: str = "k", **options: Any) -> bytes:
    return s3.get_object(Bucket=bucket, Key=key, **options)["Body"].read()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", ["default", "kms", "dsse", "customer"])
def test_what_was_put_is_got_and_lies_encrypted(s3, open_bucket, key, customer, lies_in_the_clear, size, way):
    ways: dict[str, dict[str, Any]] = {
        "default": {},
        "kms": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key},
        "dsse": {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": key},
        "customer": customer,
    }
    reading = customer if way == "customer" else {}
    put(s3, open_bucket, size, **ways[way])
    assert read(s3, open_bucket, **reading) == content(size)
    if size > 20:
        assert read(s3, open_bucket, Range="bytes=7-19", **reading) == content(size)[7:20]
        assert read(s3, open_bucket, Range="bytes=-3", **reading) == content(size)[-3:]
    assert s3.head_object(Bucket=open_bucket, Key="k", **reading)["ContentLength"] == size
    assert not lies_in_the_clear()


def test_what_answers_say(s3, open_bucket, key, customer):
    plain = put(s3, open_bucket, 10)
    assert plain["ServerSideEncryption"] == "AES256"
    assert plain["ETag"] == f'"{hashlib.md5(content(10)).hexdigest()}"'
    with_kms = put(s3, open_bucket, 10, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    got = s3.get_object(Bucket=open_bucket, Key="k")
    for answer in (with_kms, got):
        assert (answer["ServerSideEncryption"], answer["SSEKMSKeyId"]) == ("aws:kms", key)
        assert answer["ETag"] != plain["ETag"]
        assert "BucketKeyEnabled" not in answer
    with_own = put(s3, open_bucket, 10, **customer)
    head = s3.head_object(Bucket=open_bucket, Key="k", **customer)
    for answer in (with_own, head):
        assert answer["SSECustomerAlgorithm"] == "AES256"
        assert "ServerSideEncryption" not in answer
        assert answer["ETag"] != plain["ETag"]
    assert with_own["SSECustomerKeyMD5"] == head["SSECustomerKeyMD5"]


def test_s3s_own_key_in_kms_is_used_where_no_key_is_named(s3, kms, bucket):
    """The SageMaker SDK asks so with every archive of a script."""
    answer = put(s3, bucket, 10, ServerSideEncryption="aws:kms")
    managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert answer["SSEKMSKeyId"] == managed["Arn"]
    assert managed["KeyManager"] == "AWS"
    assert read(s3, bucket) == content(10)


def test_a_key_that_cannot_be_used_ends_access_at_once(s3, kms, bucket, key, refused):
    put(s3, bucket, 10, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    kms.disable_key(KeyId=key)
    for call in (
        lambda: read(s3, bucket),
        lambda: put(s3, bucket, 10, ServerSideEncryption="aws:kms", SSEKMSKeyId=key),
    ):
        with refused("KMS.DisabledException", 400) as refusal:
            call()
        assert refusal.error["Message"] == f"{key} is disabled."
    kms.schedule_key_deletion(KeyId=key)
    with refused("KMS.KMSInvalidStateException", 400) as refusal:
        read(s3, bucket)
    assert refusal.error["Message"] == f"{key} is pending deletion."
    assert s3.head_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == key


def test_a_key_that_is_not_there(s3, bucket, refused):
    with refused("KMS.NotFoundException", 400):
        put(
            s3, bucket, 10, ServerSideEncryption="aws:kms", SSEKMSKeyId="134f2428-cec1-4b25-a1ae-9048164dba47"
        )
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize(
    ("wish", "code", "message"),
    [
        (
            {"ServerSideEncryption": "AES256", "SSEKMSKeyId": "k"},
            "InvalidArgument",
            "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
        ),
        (
            {"ServerSideEncryption": "none"},
            "InvalidArgument",
            "The encryption method specified is not supported",
        ),
        (
            {"ServerSideEncryption": "aws:kms", "SSEKMSEncryptionContext": "W10="},
            "InvalidArgument",
            "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which "
            "represents a string-string map",
        ),
    ],
)
def test_headers_that_do_not_fit(s3, bucket, refused, wish, code, message):
    with refused(code, 400) as refusal:
        put(s3, bucket, 10, **wish)
    assert refusal.error["Message"] == message
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


# multipart and copies --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["default", "kms", "customer"])
def test_parts_are_encrypted_one_by_one_and_read_as_one(
    s3, open_bucket, key, customer, lies_in_the_clear, way
):
    begun = {
        "default": {},
        "kms": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key},
        "customer": customer,
    }[way]
    each = customer if way == "customer" else {}
    bodies = [content(5 * MIB + 11), content(5 * MIB), content(1000)]
    upload = s3.create_multipart_upload(Bucket=open_bucket, Key="k", **begun)
    of = {"Bucket": open_bucket, "Key": "k", "UploadId": upload["UploadId"]}
    etags = [
        s3.upload_part(PartNumber=number, Body=body, **of, **each)["ETag"]
        for number, body in enumerate(bodies, 1)
    ]
    parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
    s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **of)
    whole = b"".join(bodies)
    assert read(s3, open_bucket, **each) == whole
    border = len(bodies[0])
    assert (
        read(s3, open_bucket, Range=f"bytes={border - 3}-{border + 2}", **each)
        == whole[border - 3 : border + 3]
    )
    assert read(s3, open_bucket, PartNumber=3, **each) == bodies[2]
    assert not lies_in_the_clear()
    s3.copy_object(Bucket=open_bucket, Key="copy", CopySource=f"{open_bucket}/k", **of_source(each))
    copied = s3.get_object(Bucket=open_bucket, Key="copy")
    assert copied["Body"].read() == whole
    assert (copied["ServerSideEncryption"], "PartsCount" in copied) == ("AES256", False)


def of_source(customer: dict[str, Any]) -> dict[str, Any]:
    return {f"CopySource{name}": value for name, value in customer.items()}


def test_copies_between_all_ways(s3, open_bucket, key, customer, lies_in_the_clear):
    ways: list[dict[str, Any]] = [
        {},
        {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key},
        {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": key},
        customer,
    ]
    for size in (100, 70_000):
        for at, source in enumerate(ways):
            put(s3, open_bucket, size, **source)
            own = customer if source is customer else {}
            for to, target in enumerate(ways):
                named = {"CopySource": f"{open_bucket}/k", **of_source(own), **target}
                s3.copy_object(Bucket=open_bucket, Key=f"{at}-{to}", **named)
                reading = customer if target is customer else {}
                assert read(s3, open_bucket, f"{at}-{to}", **reading) == content(size)
    assert not lies_in_the_clear()


def test_a_copy_onto_itself_with_another_key_is_a_change(s3, bucket, key):
    first = put(s3, bucket, 10)
    s3.copy_object(
        Bucket=bucket,
        Key="k",
        CopySource=f"{bucket}/k",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key,
    )
    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    assert head["ETag"] != first["ETag"]
    s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/k", ServerSideEncryption="AES256")
    assert s3.head_object(Bucket=bucket, Key="k")["ETag"] == first["ETag"]


def test_a_copy_onto_itself_that_leaves_the_kms_key_is_a_change(s3, bucket, key, refused):
    # recorded: test_s3_copy_object_in_place_with_encryption, "copy-object-in-place-without-kms-sse"
    put(s3, bucket, 10, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    answer = s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/k")
    assert answer["ServerSideEncryption"] == "AES256"
    assert "SSEKMSKeyId" not in s3.head_object(Bucket=bucket, Key="k")
    with refused("InvalidRequest", 400):
        s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/k")


def test_part_copies_are_encrypted_as_their_upload(s3, bucket, key, lies_in_the_clear):
    put(s3, bucket, 6 * MIB)
    upload = s3.create_multipart_upload(
        Bucket=bucket, Key="whole", ServerSideEncryption="aws:kms", SSEKMSKeyId=key
    )
    of = {"Bucket": bucket, "Key": "whole", "UploadId": upload["UploadId"]}
    part = s3.upload_part_copy(CopySource=f"{bucket}/k", PartNumber=1, CopySourceRange="bytes=5-99", **of)
    assert part["ServerSideEncryption"] == "aws:kms"
    parts = [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]
    s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **of)
    assert read(s3, bucket, "whole") == content(6 * MIB)[5:100]
    assert not lies_in_the_clear()


# customers' keys -------------------------------------------------------------------------------------------------


def test_customers_keys_are_blocked_until_the_bucket_lets_them_in(s3, bucket, customer, refused):
    with refused("AccessDenied", 403):
        put(s3, bucket, 10, **customer)
    with refused("AccessDenied", 403):
        s3.create_multipart_upload(Bucket=bucket, Key="k", **customer)
    found = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert found[0]["BlockedEncryptionTypes"] == {"EncryptionType": ["SSE-C"]}


def test_reading_takes_the_customers_key(s3, open_bucket, customer, refused):
    put(s3, open_bucket, 10, **customer)
    with refused("InvalidRequest", 400) as refusal:
        read(s3, open_bucket)
    assert refusal.error["Message"] == (
        "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to "
        "retrieve the object."
    )
    with refused("AccessDenied", 403) as refusal:
        read(s3, open_bucket, SSECustomerAlgorithm="AES256", SSECustomerKey=b"w" * 32)
    assert "must provide the correct secret key" in refusal.error["Message"]
    with refused("InvalidRequest", 400):
        s3.copy_object(Bucket=open_bucket, Key="c", CopySource=f"{open_bucket}/k")
    s3.put_object(Bucket=open_bucket, Key="plain", Body=b"1")
    with refused("InvalidRequest", 400) as refusal:
        read(s3, open_bucket, "plain", **customer)
    assert refusal.error["Message"] == "The encryption parameters are not applicable to this object."
    s3.delete_object(Bucket=open_bucket, Key="k")


@pytest.mark.parametrize(
    ("wish", "code", "message"),
    [
        (
            {"SSECustomerKey": "a" * 44, "SSECustomerKeyMD5": "x"},
            "InvalidArgument",
            "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption "
            "algorithm.",
        ),
        (
            {"SSECustomerAlgorithm": "AES256"},
            "InvalidArgument",
            "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret "
            "key.",
        ),
        (
            {"SSECustomerAlgorithm": "KMS", "SSECustomerKey": b"k" * 32},
            "InvalidEncryptionAlgorithmError",
            "The Encryption request you specified is not valid. Supported value: AES256.",
        ),
        (
            {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"short"},
            "InvalidArgument",
            "The secret key was invalid for the specified algorithm.",
        ),
        (
            {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32, "ServerSideEncryption": "AES256"},
            "InvalidArgument",
            "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
        ),
    ],
)
def test_customers_keys_that_are_not_whole(s3, open_bucket, refused, wish, code, message):
    with refused(code, 400) as refusal:
        put(s3, open_bucket, 10, **wish)
    assert refusal.error["Message"] == message


def test_parts_bring_the_key_of_their_upload(s3, open_bucket, customer, refused):
    with_key = s3.create_multipart_upload(Bucket=open_bucket, Key="k", **customer)["UploadId"]
    without = s3.create_multipart_upload(Bucket=open_bucket, Key="k")["UploadId"]
    other = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"w" * 32}
    begun = "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate "
    for upload, given, message in (
        (with_key, {}, begun + "encryption parameters."),
        (without, customer, begun + "encryption parameters."),
        (with_key, other, "The provided encryption parameters did not match the ones used originally."),
    ):
        with refused("InvalidRequest", 400) as refusal:
            s3.upload_part(Bucket=open_bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"1", **given)
        assert refusal.error["Message"] == message


def test_an_upload_under_a_customers_key_has_no_checksum_that_it_did_not_name(s3, open_bucket, customer):
    # recorded: test_multipart_upload_sse_c; an object of one part has one (test_put_object_default_checksum_with_sse_c)
    where = {"Bucket": open_bucket, "Key": "k"}
    upload = s3.create_multipart_upload(**where, **customer)["UploadId"]
    part = s3.upload_part(**where, UploadId=upload, PartNumber=1, Body=b"1", **customer)
    chosen = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    answer = s3.complete_multipart_upload(**where, UploadId=upload, MultipartUpload=chosen)
    head = s3.head_object(**where, ChecksumMode="ENABLED", **customer)
    assert not [name for name in (*answer, *head) if name.startswith("Checksum")]
    assert head["ETag"] == answer["ETag"]


# defaults of buckets ---------------------------------------------------------------------------------------------


def put_default(s3: Any, bucket: str, shared: bool = False, **default: Any) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": shared}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


def test_the_default_of_a_bucket(s3, bucket, key, platform):
    put_default(s3, bucket, shared=True, SSEAlgorithm="aws:kms", KMSMasterKeyID=key)
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    answer = put(s3, bucket, 10)
    assert (answer["SSEKMSKeyId"], answer["BucketKeyEnabled"]) == (key, True)
    with platform.store.read() as tx:
        ((cipher,),) = tx.sql("SELECT cipher FROM s3_object")
    assert '"aws:s3:arn\\":\\"arn:aws:s3:::bucket\\"' in cipher
    assert put(s3, bucket, 10, ServerSideEncryption="AES256")["ServerSideEncryption"] == "AES256"
    s3.delete_bucket_encryption(Bucket=bucket)
    assert put(s3, bucket, 10)["ServerSideEncryption"] == "AES256"


def test_defaults_that_are_refused(s3, bucket, refused):
    with refused("MalformedXML", 400):
        put_default(s3, bucket, SSEAlgorithm="none")
    with refused("InvalidArgument", 400):
        put_default(s3, bucket, SSEAlgorithm="AES256", KMSMasterKeyID="k")
    # recorded: test_s3_default_bucket_encryption_exc, "put-bucket-enc-no-bucket" and "put-bucket-encryption-no-rules"
    with refused("NoSuchBucket", 404):
        s3.put_bucket_encryption(Bucket="missing", ServerSideEncryptionConfiguration={"Rules": []})
    with refused("MalformedXML", 400):
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": []})
    s3.upload_fileobj(io.BytesIO(b"1"), bucket, "k")
    assert read(s3, bucket) == b"1"
