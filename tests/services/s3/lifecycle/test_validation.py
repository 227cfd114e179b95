"""Configurations that are refused, and what is shown of those that are taken. Oracle: recorded answers of AWS
(`test_put_bucket_lifecycle_conf_exc`, `test_s3_transition_default_minimum_object_size`), and users' reports where named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.config import Config

TAG = {"Key": "a", "Value": "b"}
GOOD = {"ID": "one", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 7}}


def rule(**changes):
    return {name: value for name, value in {**GOOD, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([], "MalformedXML"),
        ([rule(Filter=None)], "MalformedXML"),
        ([rule(Prefix="a")], "MalformedXML"),
        ([rule(Status="On")], "MalformedXML"),
        ([rule(Expiration={"Days": 1, "ExpiredObjectDeleteMarker": True})], "MalformedXML"),
        ([rule(Expiration=None, NoncurrentVersionExpiration={})], "MalformedXML"),
        ([rule(Filter={"Prefix": "a", "Tag": TAG})], "MalformedXML"),
        (
            [rule(Filter={"And": {"Prefix": "a", "ObjectSizeLessThan": 9}, "ObjectSizeLessThan": 9})],
            "MalformedXML",
        ),
        ([rule(Filter={"And": {"Prefix": "a", "Tags": [TAG, TAG]}})], "InvalidRequest"),
        ([rule(Expiration={"Date": datetime(2030, 1, 1, 1, tzinfo=UTC)})], "InvalidArgument"),
        ([rule(Expiration={"Days": 0})], "InvalidArgument"),
        ([rule(), rule()], "InvalidArgument"),
        ([rule(ID="i" * 256)], "InvalidArgument"),
        ([rule(Expiration=None)], "InvalidRequest"),
        (
            [rule(Transitions=[{"Days": 1, "StorageClass": "STANDARD_IA"}], Expiration=None)],
            "InvalidArgument",
        ),
        ([rule(Transitions=[{"Days": 7, "StorageClass": "GLACIER"}])], "InvalidArgument"),
        (
            [rule(Filter={"Tag": TAG}, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1})],
            "InvalidRequest",
        ),
        ([rule(Filter={"Tag": TAG}, Expiration={"ExpiredObjectDeleteMarker": True})], "InvalidRequest"),
        (
            [
                rule(
                    Expiration=None,
                    NoncurrentVersionExpiration={"NoncurrentDays": 1, "NewerNoncurrentVersions": 101},
                )
            ],
            "InvalidArgument",
        ),
    ],
)
def test_refusals_change_nothing(client, s3, bucket, refused, rules, code):
    raw = client("s3", config=Config(parameter_validation=False))
    with refused(code, 400):
        raw.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    with refused("NoSuchLifecycleConfiguration", 404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


def test_sentences(s3, bucket, refused):
    for given, sentence in (
        (rule(Expiration={"Date": datetime(2030, 1, 1, 1, tzinfo=UTC)}), "'Date' must be at midnight GMT"),
        (rule(Filter={"And": {"Prefix": "a", "Tags": [TAG, TAG]}}), "Duplicate Tag Keys are not allowed."),
        (
            # https://github.com/hashicorp/terraform-provider-aws/pull/6201
            rule(Expiration=None, Transitions=[{"Days": 15, "StorageClass": "STANDARD_IA"}]),
            "'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'",
        ),
    ):
        with refused(refusal_code(given), 400) as refusal:
            s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [given]})
        assert refusal.error["Message"] == sentence


def refusal_code(given):
    return "InvalidRequest" if "And" in given["Filter"] else "InvalidArgument"


def test_the_smallest_size_that_moves(client, s3, bucket, refused):
    configuration = {"Rules": [GOOD]}
    answer = s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=configuration)
    assert answer["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    for value in ("varies_by_storage_class", "all_storage_classes_128K"):
        s3.put_bucket_lifecycle_configuration(
            Bucket=bucket, LifecycleConfiguration=configuration, TransitionDefaultMinimumObjectSize=value
        )
        found = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
        assert (found["TransitionDefaultMinimumObjectSize"], found["Rules"]) == (value, [GOOD])
    with refused("InvalidRequest", 400) as refusal:
        s3.put_bucket_lifecycle_configuration(
            Bucket=bucket, LifecycleConfiguration=configuration, TransitionDefaultMinimumObjectSize="value"
        )
    assert refusal.error["Message"] == "Invalid TransitionDefaultMinimumObjectSize found: value"


def test_all_elements_are_shown_and_a_rule_without_an_id_gets_one(s3, bucket):
    given = {
        "Status": "Disabled",
        "Filter": {"And": {"Prefix": "a", "Tags": [TAG], "ObjectSizeGreaterThan": 5}},
        "Expiration": {"Date": datetime(2040, 1, 1, tzinfo=UTC)},
        "Transitions": [{"Date": datetime(2030, 1, 1, tzinfo=UTC), "StorageClass": "GLACIER_IR"}],
        "NoncurrentVersionTransitions": [
            {"NoncurrentDays": 30, "StorageClass": "ONEZONE_IA", "NewerNoncurrentVersions": 2}
        ],
        "NoncurrentVersionExpiration": {"NoncurrentDays": 90, "NewerNoncurrentVersions": 3},
    }
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [given]})
    (found,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert found.pop("ID")
    assert found == given


def test_the_old_form_with_a_prefix(s3, bucket):
    given = {"ID": "old", "Prefix": "a", "Status": "Enabled", "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [given]})
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == [given]
