"""What the role must be allowed, in one account and across two, and keys of KMS. Oracle: "Setting up permissions for live
replication" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html), "Changing the replica
owner" and "Replicating encrypted objects"."""

from __future__ import annotations

import pytest

from tests.services.s3.replication.conftest import READING, S3, WRITING, make, rule
from tests.support.principals import ACCOUNT, OTHER, allow, policy, trust


@pytest.fixture
def may(client):
    """`may(statement, …)`: all that the role may do."""
    iam = client("iam")
    return lambda *statements: iam.put_role_policy(
        RoleName="replicator", PolicyName="p", PolicyDocument=policy(*statements)
    )


@pytest.mark.parametrize(
    ("missing", "tagging"),
    [
        ("s3:GetReplicationConfiguration", ""),
        ("s3:GetObjectVersionForReplication", ""),
        ("s3:ReplicateObject", ""),
        ("s3:ReplicateTags", "t=1"),
        ("s3:GetObjectVersionTagging", "t=1"),
    ],
)
def test_what_the_role_needs(s3, versioned, target, configure, replicate, status, may, missing, tagging):
    configure(versioned, rule(target))
    may(allow([action for action in READING + WRITING if action != missing]))
    s3.put_object(Bucket=versioned, Key="k", Body=b"1", Tagging=tagging)
    replicate()
    assert status(versioned, "k") == "FAILED"
    assert "Contents" not in s3.list_objects_v2(Bucket=target)
    may(allow(list(READING + WRITING)))
    s3.put_object(Bucket=versioned, Key="k", Body=b"1", Tagging=tagging)
    replicate()
    assert status(versioned, "k") == "COMPLETED"


def test_delete_markers_need_a_permission_of_their_own(s3, versioned, target, configure, replicate, may):
    configure(versioned, rule(target, DeleteMarkerReplication={"Status": "Enabled"}))
    may(allow([action for action in READING + WRITING if action != "s3:ReplicateDelete"]))
    s3.delete_object(Bucket=versioned, Key="k")
    replicate()
    assert "DeleteMarkers" not in s3.list_object_versions(Bucket=target)


def test_a_role_that_does_not_trust_s3_or_is_gone(
    client, s3, versioned, target, configure, replicate, status
):
    configure(versioned, rule(target))
    iam = client("iam")
    other = trust({"Service": "sagemaker.amazonaws.com"})
    iam.update_assume_role_policy(RoleName="replicator", PolicyDocument=other)
    s3.put_object(Bucket=versioned, Key="a", Body=b"1")
    replicate()
    iam.update_assume_role_policy(RoleName="replicator", PolicyDocument=S3)
    iam.delete_role_policy(RoleName="replicator", PolicyName="p")
    iam.delete_role(RoleName="replicator")
    s3.put_object(Bucket=versioned, Key="b", Body=b"1")
    replicate()
    assert (status(versioned, "a"), status(versioned, "b")) == ("FAILED", "FAILED")


@pytest.fixture
def theirs(s3, stranger, replicator):
    """A bucket of another account that lets the role in and takes ACLs."""
    make(stranger, "theirs", ObjectOwnership="ObjectWriter")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": replicator},
        "Action": list(WRITING),
        "Resource": "arn:aws:s3:::theirs/*",
    }
    stranger.put_bucket_policy(Bucket="theirs", Policy=policy(statement))
    return "theirs"


def test_another_account_lets_the_role_in(
    s3, stranger, versioned, theirs, configure, replicate, status, refused
):
    configure(versioned, rule(theirs))
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    replicate()
    assert status(versioned, "k") == "COMPLETED"
    with refused("AccessDenied", 403):
        stranger.get_object(Bucket=theirs, Key="k")  # the source's owner owns the replica
    stranger.delete_bucket_policy(Bucket=theirs)
    s3.put_object(Bucket=versioned, Key="l", Body=b"1")
    replicate()
    assert status(versioned, "l") == "FAILED"


def test_another_account_takes_over(s3, stranger, versioned, theirs, configure, replicate, refused, status):
    to = {"Account": OTHER, "AccessControlTranslation": {"Owner": "Destination"}}
    configure(versioned, rule(theirs, Destination=to))
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    replicate()
    assert stranger.get_object(Bucket=theirs, Key="k")["Body"].read() == b"1"
    configure(versioned, rule(theirs, Destination={**to, "Account": ACCOUNT}))
    s3.put_object(Bucket=versioned, Key="l", Body=b"1")
    replicate()
    assert status(versioned, "l") == "FAILED", "the bucket is not that account's"


@pytest.fixture
def keys(client):
    """Two keys of KMS, for the source and for the replica."""
    kms = client("kms")
    return [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2)]


def with_kms(target, key):
    return rule(
        target,
        SourceSelectionCriteria={"SseKmsEncryptedObjects": {"Status": "Enabled"}},
        Destination={"EncryptionConfiguration": {"ReplicaKmsKeyID": key}},
    )


def test_objects_of_kms_are_encrypted_again(
    client, s3, versioned, target, configure, replicate, status, may, keys
):
    """kms:Decrypt for the source and kms:Encrypt for the replica are enough (awslabs/landing-zone-accelerator-on-aws#1144)."""
    configure(versioned, with_kms(target, keys[1]))
    sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": keys[0]}
    s3.put_object(Bucket=versioned, Key="refused", Body=b"1", **sealed)
    replicate()
    assert status(versioned, "refused") == "FAILED"
    may(allow(list(READING + WRITING)), allow("kms:Decrypt", keys[0]), allow("kms:Encrypt", keys[1]))
    bodies = {"small": b"small", "large": b"x" * 200_000}
    for key, body in bodies.items():
        s3.put_object(Bucket=versioned, Key=key, Body=body, **sealed)
    replicate()
    for key, body in bodies.items():
        replica = s3.get_object(Bucket=target, Key=key)
        assert (replica["Body"].read(), replica["SSEKMSKeyId"]) == (body, keys[1])
        assert status(versioned, key) == "COMPLETED"


def test_parts_of_kms_are_encrypted_again(s3, versioned, target, configure, replicate, may, keys):
    configure(versioned, with_kms(target, keys[1]))
    may(allow(list(READING + WRITING)), allow("kms:*"))
    named = {"Bucket": versioned, "Key": "k"}
    sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": keys[0]}
    named["UploadId"] = s3.create_multipart_upload(**named, **sealed)["UploadId"]
    parts = [b"a" * (5 << 20), b"b" * 100]
    done = [
        {"PartNumber": n, "ETag": s3.upload_part(**named, PartNumber=n, Body=body)["ETag"]}
        for n, body in enumerate(parts, 1)
    ]
    s3.complete_multipart_upload(**named, MultipartUpload={"Parts": done})
    replicate()
    replica = s3.get_object(Bucket=target, Key="k")
    assert (replica["Body"].read(), replica["SSEKMSKeyId"]) == (b"".join(parts), keys[1])
    assert s3.get_object(Bucket=target, Key="k", PartNumber=2)["Body"].read() == parts[1]


def test_objects_of_kms_are_left_alone_without_a_word(
    s3, versioned, target, configure, replicate, status, keys
):
    configure(versioned, rule(target))
    s3.put_object(Bucket=versioned, Key="k", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId=keys[0])
    assert replicate() == 0
    assert status(versioned, "k") is None


def test_customers_keys(s3, versioned, target, configure, replicate, status):
    """SSE-C objects are replicated as they lie; a bucket that blocks such keys takes none."""
    rules = [{"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}]
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": bytes(range(32))}
    s3.put_bucket_encryption(Bucket=versioned, ServerSideEncryptionConfiguration={"Rules": rules})
    configure(versioned, rule(target))
    s3.put_object(Bucket=versioned, Key="k", Body=b"1", **key)
    replicate()
    assert status(versioned, "k", **key) == "FAILED"
    s3.put_bucket_encryption(Bucket=target, ServerSideEncryptionConfiguration={"Rules": rules})
    s3.put_object(Bucket=versioned, Key="k", Body=b"2", **key)
    replicate()
    assert s3.get_object(Bucket=target, Key="k", **key)["Body"].read() == b"2"
    assert status(versioned, "k", **key) == "COMPLETED"
