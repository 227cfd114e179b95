"""PutBucketReplication and its refusals. Oracle: PutBucketReplication (API reference), "Replication configuration file elements"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html); reports of users are named at each sentence."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.services.s3.replication.conftest import S3, make, rule
from tests.support.principals import ACCOUNT, OTHER, allow, policy, role, user

SCHEMA = (
    "for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide"
)


def test_it_is_shown_as_it_was_given(s3, versioned, target, configure, replicator, refused):
    with refused("ReplicationConfigurationNotFoundError", 404):
        s3.get_bucket_replication(Bucket=versioned)
    configure(versioned, rule(target, ID="", Destination={"StorageClass": "STANDARD_IA"}))
    shown = s3.get_bucket_replication(Bucket=versioned)["ReplicationConfiguration"]
    assert shown["Role"] == replicator
    (one,) = shown["Rules"]
    assert one["ID"], "a rule without an ID is given one"
    assert one["Filter"] == {"Prefix": ""}
    assert one["Destination"] == {"Bucket": f"arn:aws:s3:::{target}", "StorageClass": "STANDARD_IA"}
    s3.delete_bucket_replication(Bucket=versioned)
    with refused("ReplicationConfigurationNotFoundError", 404):
        s3.get_bucket_replication(Bucket=versioned)


def test_both_buckets_must_be_versioned(s3, bucket, configure, refused):
    make(s3, "target")
    with refused("InvalidRequest", 400) as refusal:
        configure(bucket, rule("target"))
    assert refusal.error["Message"].startswith("Versioning must be 'Enabled' on the bucket")
    make(s3, "source")
    with refused("InvalidRequest", 400) as refusal:
        configure("source", rule(bucket))
    # nozaq/terraform-aws-remote-state-s3-backend#107
    assert refusal.error["Message"] == "Destination bucket must have versioning enabled."
    with refused("InvalidRequest", 400) as refusal:
        configure("source", rule("nowhere"))
    assert refusal.error["Message"] == "Destination bucket must exist."
    with refused("InvalidRequest", 400):
        configure("source", rule("source"))


def test_versioning_stays_while_a_bucket_replicates(s3, versioned, target, configure, refused):
    """nozaq/terraform-aws-remote-state-s3-backend#59"""
    configure(versioned, rule(target))
    suspended = {"Status": "Suspended"}
    with refused("InvalidBucketState", 409):
        s3.put_bucket_versioning(Bucket=versioned, VersioningConfiguration=suspended)
    s3.delete_bucket_replication(Bucket=versioned)
    s3.put_bucket_versioning(Bucket=versioned, VersioningConfiguration=suspended)


def without(name, **more):
    return {member: value for member, value in rule("target", **more).items() if member != name}


ON, MINUTES = {"Status": "Enabled"}, {"Minutes": 15}
OLDER = {"ID": "o", "Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::target"}}
KMS = {"EncryptionConfiguration": {"ReplicaKmsKeyID": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"}}
TAG = {"Tag": {"Key": "a", "Value": "b"}}


@pytest.mark.parametrize(
    ("rules", "code", "message"),
    [
        ([without("Priority")], "InvalidRequest", f"Priority must be specified {SCHEMA}"),
        # awsdocs/amazon-s3-developer-guide#45
        ([without("DeleteMarkerReplication")], "InvalidRequest", f"DeleteMarkerReplication must be specified {SCHEMA}"),
        # rust-lang/simpleinfra#468
        ([{**OLDER, "DeleteMarkerReplication": ON}], "InvalidRequest", f"DeleteMarkerReplication cannot be used {SCHEMA}"),
        ([{**OLDER, "Filter": {}}], "MalformedXML", ""),
        ([without("Filter")], "MalformedXML", ""),
        # hashicorp/terraform-provider-aws#23803
        ([rule("target", ExistingObjectReplication=ON)], "MalformedXML", ""),
        ([rule("target", Filter={**TAG, "Prefix": "a"})], "MalformedXML", ""),
        ([rule("target", Filter={"And": {"Prefix": "a"}})], "MalformedXML", ""),
        ([rule("target", Filter={"Not": {"Prefix": "a", **TAG}})], "MalformedXML", ""),
        ([rule("target", Filter=TAG, DeleteMarkerReplication=ON)], "InvalidRequest", "Delete marker replication is not"),
        ([rule("target", Destination=KMS)], "InvalidRequest", "SseKmsEncryptedObjects must be specified if"),
        (
            [rule("target", SourceSelectionCriteria={"SseKmsEncryptedObjects": ON})],
            "InvalidRequest",
            "ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.",
        ),
        ([rule("target"), rule("target", ID="2")], "InvalidRequest", "Found duplicate priorities"),
        ([rule("target"), rule("target", Priority=2)], "InvalidArgument", "Rule Id must be unique."),
        ([OLDER, {**OLDER, "ID": "2", "Prefix": "a"}], "InvalidRequest", "Found overlapping prefixes '' and 'a'"),
        # aws-cloudformation/cloudformation-coverage-roadmap#730
        (
            [OLDER, {**OLDER, "ID": "2", "Destination": {"Bucket": "arn:aws:s3:::other"}}],
            "InvalidRequest",
            "Number of distinct destination bucket ARNs cannot exceed 1",
        ),
        (
            [rule("target", Destination={"ReplicationTime": {**ON, "Time": MINUTES}})],
            "InvalidRequest",
            "Replication destination must contain both ReplicationTime and Metrics or neither.",
        ),
        # crossplane-contrib/provider-aws#1117
        (
            [rule("target", Destination={"Metrics": {**ON, "EventThreshold": MINUTES}})],
            "InvalidArgument",
            "Metrics cannot contain an event threshold when ReplicationTime is not specified or Disabled",
        ),
        ([rule("target", Destination={"AccessControlTranslation": {"Owner": "Destination"}})], "MalformedXML", ""),
        ([rule("target", Destination={"StorageClass": "SNOW"})], "InvalidStorageClass", ""),
        ([rule("target", Destination={"Bucket": "target"})], "InvalidArgument", "Invalid bucket ARN."),
        ([], "MalformedXML", ""),
    ],
)  # fmt: skip
def test_what_is_refused(s3, versioned, target, configure, refused, rules, code, message):
    with pytest.raises(ClientError) as caught:
        configure(versioned, *rules)
    error = caught.value.response["Error"]
    assert error["Code"] == code
    assert error["Message"].startswith(message)
    with refused("ReplicationConfigurationNotFoundError", 404):
        s3.get_bucket_replication(Bucket=versioned)


def test_the_caller_must_be_allowed_to_pass_the_role(client, s3, versioned, target, replicator, refused):
    keys = user(client, "u", allow(["s3:PutReplicationConfiguration"]))
    wanted = {"Role": replicator, "Rules": [rule(target)]}
    with refused("AccessDenied", 403) as refusal:
        client("s3", **keys).put_bucket_replication(Bucket=versioned, ReplicationConfiguration=wanted)
    assert "iam:PassRole" in refusal.error["Message"]
    foreign = replicator.replace(ACCOUNT, OTHER)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_bucket_replication(
            Bucket=versioned, ReplicationConfiguration={"Role": foreign, "Rules": [rule(target)]}
        )
    iam = client("iam")
    passing = policy(allow("iam:PassRole", replicator), allow("s3:PutReplicationConfiguration"))
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=passing)
    client("s3", **keys).put_bucket_replication(Bucket=versioned, ReplicationConfiguration=wanted)


def test_of_a_strangers_bucket_nothing_is_told(s3, stranger, versioned, configure, replicate, status):
    stranger.create_bucket(Bucket="theirs")
    configure(versioned, rule("theirs"))
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    replicate()
    assert status(versioned, "k") == "FAILED"


def test_multi_region_keys_are_refused_by_name(s3, versioned, target, configure, refused):
    keys = {"EncryptionConfiguration": {"ReplicaKmsKeyID": "k", "UseSourceMultiRegionKey": ON}}
    with refused("NotImplemented", 501):
        configure(
            versioned, rule(target, SourceSelectionCriteria={"SseKmsEncryptedObjects": ON}, Destination=keys)
        )


def test_a_role_that_is_no_role(client, s3, versioned, target, refused):
    with refused("InvalidArgument", 400):
        s3.put_bucket_replication(
            Bucket=versioned, ReplicationConfiguration={"Role": "replicator", "Rules": [rule(target)]}
        )
    assert role(client, S3, name="unused")
