"""What jobs do to objects. Oracle: JobOperation and the structures below it (API reference of S3 Control), and the pages of the S3 User Guide on "Operations
supported by S3 Batch Operations" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-operations.html)."""

from __future__ import annotations

import hashlib
import json
import zlib
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest

from clary.services.s3 import copy_object
from tests.services.s3.control.batch.conftest import TRUST
from tests.support.principals import ACCOUNT, OTHER, allow, role


@pytest.fixture
def run(create, work, reported, manifest, bucket):
    """`run({"S3PutObjectTagging": …}, "a")`: the lines of the report of a job on these keys, from the third column on."""

    def go(operation, *keys, **more):
        job = create(operation, Manifest=manifest(bucket, *keys), **more)
        work()
        return [line[3:] for line in reported(job)]

    return go


DONE = ["succeeded", "200", "", "Successful"]


@pytest.fixture
def target(s3):
    s3.create_bucket(Bucket="target")
    return "target"


def copy(**more):
    return {"S3PutObjectCopy": {"TargetResource": "arn:aws:s3:::target", **more}}


def test_copies(s3, bucket, target, run):
    s3.put_object(
        Bucket=bucket, Key="a b+c", Body=b"1", Metadata={"x": "y"}, Tagging="t=u", ContentType="text/plain"
    )
    assert run(copy(TargetKeyPrefix="folder"), "a%20b%2Bc") == [DONE]
    found = s3.get_object(Bucket=target, Key="folder/a b+c")
    assert (found["Body"].read(), found["Metadata"], found["ContentType"]) == (b"1", {"x": "y"}, "text/plain")
    tags = s3.get_object_tagging(Bucket=target, Key="folder/a b+c")["TagSet"]
    assert tags == [{"Key": "t", "Value": "u"}]


def test_copies_with_other_metadata(s3, bucket, target, run):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1", Metadata={"x": "y"}, Tagging="t=u")
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    metadata = {
        "CacheControl": "no-cache",
        "ContentDisposition": "inline",
        "ContentEncoding": "gzip",
        "ContentLanguage": "de",
        "ContentType": "text/html",
        "HttpExpiresDate": moment,
        "UserMetadata": {"z": "1"},
        "SSEAlgorithm": "AES256",
    }
    asked = copy(
        NewObjectMetadata=metadata,
        MetadataDirective="REPLACE",
        NewObjectTagging=[{"Key": "a", "Value": "b c"}],
        RedirectLocation="/else",
        StorageClass="STANDARD_IA",
        ChecksumAlgorithm="SHA256",
    )
    assert run(asked, "a") == [DONE]
    found = s3.head_object(Bucket=target, Key="a", ChecksumMode="ENABLED")
    assert found["Metadata"] == {"z": "1"}
    names = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType")
    assert [found[name] for name in names] == [metadata[name] for name in names]
    assert found["ExpiresString"] == "Tue, 01 Jan 2030 00:00:00 GMT"
    assert (found["WebsiteRedirectLocation"], found["StorageClass"]) == ("/else", "STANDARD_IA")
    assert found["ChecksumSHA256"] == b64encode(hashlib.sha256(b"1").digest()).decode()
    assert s3.get_object_tagging(Bucket=target, Key="a")["TagSet"] == [{"Key": "a", "Value": "b c"}]


def test_copies_without_tags(s3, bucket, target, run):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1", Tagging="t=u")
    assert run(copy(NewObjectTagging=[]), "a") == [DONE]
    assert s3.get_object_tagging(Bucket=target, Key="a")["TagSet"] == []


def test_copies_with_a_key_of_kms(client, s3, bucket, target, run):
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    s3.put_object(Bucket=bucket, Key="a", Body=b"1", Metadata={"x": "y"})
    asked = copy(NewObjectMetadata={"SSEAlgorithm": "KMS"}, SSEAwsKmsKeyId=key, BucketKeyEnabled=True)
    assert run(asked, "a") == [DONE]
    found = s3.head_object(Bucket=target, Key="a")
    assert (found["SSEKMSKeyId"], found["BucketKeyEnabled"]) == (key, True)
    assert found["Metadata"] == {"x": "y"}  # an algorithm alone is no metadata


def test_copies_of_what_has_changed_since(s3, bucket, target, run):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    then = datetime(2020, 1, 1, tzinfo=UTC)
    assert run(copy(ModifiedSinceConstraint=then), "a") == [DONE]
    ((status, http, code, _),) = run(copy(UnModifiedSinceConstraint=then), "a")
    assert (status, http, code) == ("failed", "412", "PreconditionFailed")


def test_copies_of_more_than_5_gb_fail(s3, bucket, target, run, monkeypatch):
    monkeypatch.setattr(copy_object, "LARGEST", 3)
    s3.put_object(Bucket=bucket, Key="a", Body=b"1234")
    ((status, http, code, _),) = run(copy(), "a")
    assert (status, http, code) == ("failed", "400", "InvalidRequest")


def test_copies_with_a_lock(s3, bucket, run):
    s3.create_bucket(Bucket="target", ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=9)
    asked = copy(ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until, ObjectLockLegalHoldStatus="ON")
    assert run(asked, "a") == [DONE]
    found = s3.head_object(Bucket="target", Key="a")
    assert (found["ObjectLockMode"], found["ObjectLockLegalHoldStatus"]) == ("GOVERNANCE", "ON")
    assert found["ObjectLockRetainUntilDate"] == until


def test_copies_with_grants(s3, bucket, run):
    s3.create_bucket(Bucket="target", ObjectOwnership="ObjectWriter")
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    owner = s3.get_bucket_acl(Bucket="target")["Owner"]["ID"]
    grants = [
        {"Grantee": {"TypeIdentifier": "id", "Identifier": owner}, "Permission": "READ"},
        {"Grantee": {"TypeIdentifier": "id", "Identifier": owner}, "Permission": "WRITE_ACP"},
    ]
    assert run(copy(AccessControlGrants=grants), "a") == [DONE]
    found = s3.get_object_acl(Bucket="target", Key="a")["Grants"]
    assert sorted(one["Permission"] for one in found) == ["READ", "WRITE_ACP"]


def test_copies_of_versions(s3, versioned, target, run):
    first = s3.put_object(Bucket=versioned, Key="a", Body=b"1")["VersionId"]
    s3.put_object(Bucket=versioned, Key="a", Body=b"2")
    assert run(copy(), ("a", first)) == [DONE]
    assert s3.get_object(Bucket=target, Key="a")["Body"].read() == b"1"


def test_copies_through_an_access_point(s3, control, bucket, target, run):
    made = control.create_access_point(AccountId=ACCOUNT, Name="point", Bucket=target)
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    assert run({"S3PutObjectCopy": {"TargetResource": made["AccessPointArn"]}}, "a") == [DONE]
    assert s3.get_object(Bucket=target, Key="a")["Body"].read() == b"1"


def test_copies_from_another_account(client, s3, bucket, target, stranger, create, work, reported, manifest):
    """ "You must have read permissions for the source bucket": its owner's policy must let the role in."""
    stranger.create_bucket(Bucket="theirs")
    stranger.put_object(Bucket="theirs", Key="a", Body=b"1")
    lines = []
    for _ in range(2):
        job = create(copy(), Manifest=manifest("theirs", "a"))
        work()
        lines += reported(job)
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/worker"},
            "Action": ["s3:GetObject", "s3:GetObjectTagging"],
            "Resource": "arn:aws:s3:::theirs/*",
        }
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        stranger.put_bucket_policy(Bucket="theirs", Policy=text)
    assert [line[3:6] for line in lines] == [["failed", "403", "AccessDenied"], ["succeeded", "200", ""]]
    assert OTHER != ACCOUNT


def test_tags_of_versions(s3, versioned, run):
    first = s3.put_object(Bucket=versioned, Key="a", Body=b"1")["VersionId"]
    s3.put_object(Bucket=versioned, Key="a", Body=b"2", Tagging="x=y")
    assert run({"S3PutObjectTagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}, ("a", first)) == [DONE]
    assert s3.get_object_tagging(Bucket=versioned, Key="a", VersionId=first)["TagSet"] == [
        {"Key": "a", "Value": "b"}
    ]
    assert run({"S3DeleteObjectTagging": {}}, "a") == [DONE]
    assert s3.get_object_tagging(Bucket=versioned, Key="a")["TagSet"] == []
    # "it fails all tasks on objects that have an empty string in the version ID field"
    ((status, *_),) = run({"S3DeleteObjectTagging": {}}, ("a", ""))
    assert status == "failed"


def test_versions_take_the_permissions_for_versions(client, s3, versioned, run):
    version = s3.put_object(Bucket=versioned, Key="a", Body=b"1", Tagging="x=y")["VersionId"]
    may = (allow("s3:DeleteObjectTagging"), allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::lists/*"))
    narrow = role(client, TRUST, *may, name="narrow")
    ((status, http, code, _),) = run({"S3DeleteObjectTagging": {}}, ("a", version), RoleArn=narrow)
    assert (status, http, code) == ("failed", "403", "AccessDenied")
    assert run({"S3DeleteObjectTagging": {}}, "a", RoleArn=narrow) == [DONE]


def test_acls(s3, with_acls, run):
    s3.put_object(Bucket=with_acls, Key="a", Body=b"1")
    owner = s3.get_bucket_acl(Bucket=with_acls)["Owner"]["ID"]
    everybody = "http://acs.amazonaws.com/groups/global/AllUsers"
    grants = [
        {"Grantee": {"TypeIdentifier": "id", "Identifier": owner}, "Permission": "FULL_CONTROL"},
        {"Grantee": {"TypeIdentifier": "uri", "Identifier": everybody}, "Permission": "READ"},
    ]
    policy = {"AccessControlList": {"Owner": {"ID": owner}, "Grants": grants}}
    assert run({"S3PutObjectAcl": {"AccessControlPolicy": policy}}, "a") == [DONE]
    found = s3.get_object_acl(Bucket=with_acls, Key="a")["Grants"]
    assert [one["Permission"] for one in found] == ["FULL_CONTROL", "READ"]
    assert found[1]["Grantee"]["URI"] == everybody
    canned = {"AccessControlPolicy": {"CannedAccessControlList": "private"}}
    assert run({"S3PutObjectAcl": canned}, "a") == [DONE]
    assert len(s3.get_object_acl(Bucket=with_acls, Key="a")["Grants"]) == 1


def test_retention_and_legal_holds(s3, create, work, reported, manifest):
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket="locked", Key="a", Body=b"1")
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=9)
    earlier = until - timedelta(days=1)

    def go(operation):
        job = create(operation, Manifest=manifest("locked", "a"))
        work()
        return reported(job)[0][3:6]

    def retain(date, **more):
        return {
            "S3PutObjectRetention": {"Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": date}, **more}
        }

    assert go(retain(until)) == ["succeeded", "200", ""]
    assert go(retain(earlier)) == ["failed", "403", "AccessDenied"]
    assert go(retain(earlier, BypassGovernanceRetention=True)) == ["succeeded", "200", ""]
    assert s3.get_object_retention(Bucket="locked", Key="a")["Retention"]["RetainUntilDate"] == earlier
    assert go({"S3PutObjectLegalHold": {"LegalHold": {"Status": "ON"}}}) == ["succeeded", "200", ""]
    assert s3.get_object_legal_hold(Bucket="locked", Key="a")["LegalHold"]["Status"] == "ON"


def test_restores(s3, bucket, run):
    s3.put_object(Bucket=bucket, Key="cold", Body=b"1", StorageClass="GLACIER")
    s3.put_object(Bucket=bucket, Key="warm", Body=b"1")
    asked = {"S3InitiateRestoreObject": {"ExpirationInDays": 2, "GlacierJobTier": "BULK"}}
    done, failed = run(asked, "cold", "warm")
    assert done == DONE
    assert failed[:3] == ["failed", "403", "InvalidObjectState"]
    assert s3.head_object(Bucket=bucket, Key="cold")["Restore"] == 'ongoing-request="true"'


def test_other_keys_of_kms(client, s3, bucket, run):
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    etag = s3.put_object(Bucket=bucket, Key="a", Body=b"1")["ETag"]
    wanted = {"SSEKMS": {"KMSKeyArn": key, "BucketKeyEnabled": True}}
    assert run({"S3UpdateObjectEncryption": {"ObjectEncryption": wanted}}, "a") == [DONE]
    found = s3.get_object(Bucket=bucket, Key="a")
    assert (found["SSEKMSKeyId"], found["ETag"], found["Body"].read()) == (key, etag, b"1")


@pytest.mark.parametrize("storage", ["STANDARD", "DEEP_ARCHIVE"])
def test_checksums(s3, bucket, run, storage):
    """ "without downloading or restoring objects"; the form of the message is AWS's example."""
    body = b"x" * 100_000
    etag = s3.put_object(Bucket=bucket, Key="a", Body=body, StorageClass=storage)["ETag"]
    ((*rest, message),) = run({"S3ComputeObjectChecksum": {"ChecksumAlgorithm": "CRC32"}}, "a")
    digest = zlib.crc32(body).to_bytes(4, "big")
    assert rest == ["succeeded", "200", ""]
    assert json.loads(message) == {
        "checksum_base64": b64encode(digest).decode(),
        "etag": etag.strip('"'),
        "checksumAlgorithm": "CRC32",
        "checksumType": "FULL_OBJECT",
        "checksum_hex": digest.hex().upper(),
    }


def test_composite_checksums(s3, bucket, run):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="a", ChecksumAlgorithm="SHA256")["UploadId"]
    bodies = [b"x" * (5 << 20), b"y" * 10]
    parts = []
    for number, body in enumerate(bodies, 1):
        named = {"Bucket": bucket, "Key": "a", "UploadId": upload, "PartNumber": number}
        made = s3.upload_part(**named, Body=body, ChecksumAlgorithm="SHA256")
        parts.append({"PartNumber": number, "ETag": made["ETag"], "ChecksumSHA256": made["ChecksumSHA256"]})
    whole = s3.complete_multipart_upload(
        Bucket=bucket, Key="a", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    asked = {"ChecksumAlgorithm": "SHA256", "ChecksumType": "COMPOSITE"}
    ((*_, message),) = run({"S3ComputeObjectChecksum": asked}, "a")
    assert json.loads(message)["checksum_base64"] == whole["ChecksumSHA256"]


def test_checksums_of_what_a_customers_key_encrypts(s3, bucket, run):
    blocked = {"Rules": [{"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}]}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=blocked)
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
    s3.put_object(Bucket=bucket, Key="a", Body=b"1", **key)
    ((status, http, _, message),) = run({"S3ComputeObjectChecksum": {}}, "a")
    assert (status, http) == ("failed", "400")
    assert message == "SSE-C encryption type is not supported for this operation"


def test_checksums_take_the_right_to_read(client, s3, bucket, run):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    may = allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::lists/*")
    narrow = role(client, TRUST, may, name="narrow")
    ((status, http, code, _),) = run({"S3ComputeObjectChecksum": {}}, "a", RoleArn=narrow)
    assert (status, http, code) == ("failed", "403", "AccessDenied")
