"""Object Lock. Oracle: "Locking objects with Object Lock"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html) and recorded answers of AWS
(`test_put_get_object_legal_hold`, `test_object_lock_extend_duration`, `test_bucket_config_default_retention`, and others
that are named below)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from botocore.config import Config

from tests.support.principals import allow, user

DAY = 86400
GUARDED = "Access Denied because object protected by object lock."


@pytest.fixture
def locked(s3):
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    return "locked"


def days(clock, count):
    return datetime.fromtimestamp(int(clock.now()), UTC) + timedelta(days=count)


@pytest.fixture
def governed(s3, locked, clock):
    """An object that is retained for two days in governance mode."""
    until = days(clock, 2)
    made = s3.put_object(
        Bucket=locked, Key="k", Body=b"1", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until
    )
    return {"Bucket": locked, "Key": "k", "VersionId": made["VersionId"]}


def test_a_bucket_with_object_lock_has_versions_for_ever(s3, locked, refused):
    """`test_disable_versioning_on_locked_bucket`."""
    assert s3.get_bucket_versioning(Bucket=locked)["Status"] == "Enabled"
    assert s3.get_object_lock_configuration(Bucket=locked)["ObjectLockConfiguration"] == {
        "ObjectLockEnabled": "Enabled"
    }
    with refused("InvalidBucketState", 409) as refusal:
        s3.put_bucket_versioning(Bucket=locked, VersioningConfiguration={"Status": "Suspended"})
    assert "An Object Lock configuration is present on this bucket" in refusal.error["Message"]
    s3.put_bucket_versioning(Bucket=locked, VersioningConfiguration={"Status": "Enabled"})


def test_enabling_it_on_a_bucket(s3, bucket, refused):
    """`test_put_object_lock_configuration_on_existing_bucket`, `test_get_object_lock_configuration_exc`."""
    on = {"ObjectLockEnabled": "Enabled"}
    with refused("ObjectLockConfigurationNotFoundError", 404):
        s3.get_object_lock_configuration(Bucket=bucket)
    with refused("InvalidBucketState", 409) as refusal:
        s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=on)
    assert refusal.error["Message"].startswith("Versioning must be 'Enabled' on the bucket")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=on)
    assert s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"] == on


def test_a_configuration_without_a_body(s3, locked, refused):
    # moto's test_put_object_lock_misconfiguration, which was verified against AWS
    with refused("MissingRequestBodyError", 400) as refusal:
        s3.put_object_lock_configuration(Bucket=locked)
    assert refusal.error["Message"] == "Request Body is empty"
    with refused("MalformedXML", 400):
        s3.put_object_lock_configuration(Bucket=locked, ObjectLockConfiguration={})


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"Mode": "GOVERNANCE"}, "MalformedXML"),
        ({"Mode": "GOVERNANCE", "Days": 1, "Years": 1}, "MalformedXML"),
        ({"Mode": "SOFT", "Days": 1}, "MalformedXML"),
        # https://github.com/versity/versitygw/issues/1738 shows what AWS answers
        ({"Mode": "GOVERNANCE", "Days": 0}, "InvalidArgument"),
        ({"Mode": "GOVERNANCE", "Days": 36501}, "InvalidArgument"),
        ({"Mode": "GOVERNANCE", "Years": 101}, "InvalidArgument"),
    ],
)
def test_default_retention_that_is_refused(client, locked, refused, rule, code):
    raw = client("s3", config=Config(parameter_validation=False))
    with refused(code, 400):
        raw.put_object_lock_configuration(
            Bucket=locked,
            ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": rule}},
        )


def test_what_no_bucket_without_it_takes(s3, bucket, clock, refused):
    """`test_put_object_legal_hold_exc`."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    for call in (
        lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"1", ObjectLockLegalHoldStatus="ON"),
        lambda: s3.get_object_retention(Bucket=bucket, Key="k"),
        lambda: s3.put_object_legal_hold(Bucket=bucket, Key="k", LegalHold={"Status": "ON"}),
        lambda: s3.copy_object(
            Bucket=bucket, Key="l", CopySource=f"{bucket}/k",
            ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=days(clock, 1),
        ),
    ):  # fmt: skip
        with refused("InvalidRequest", 400) as refusal:
            call()
        assert refusal.error["Message"] == "Bucket is missing Object Lock Configuration"


def test_headers_that_say_half(s3, locked, clock, refused):
    """`test_bucket_config_default_retention`: put-object-with-lock-no-date."""
    with refused("InvalidArgument", 400) as refusal:
        s3.put_object(Bucket=locked, Key="k", Body=b"1", ObjectLockMode="GOVERNANCE")
    assert refusal.error["ArgumentName"] == "x-amz-object-lock-retain-until-date"
    assert refusal.error["Message"].endswith("must both be supplied")
    with refused("InvalidArgument", 400) as refusal:
        s3.put_object(Bucket=locked, Key="k", Body=b"1", ObjectLockRetainUntilDate=days(clock, 1))
    assert refusal.error["ArgumentName"] == "x-amz-object-lock-mode"
    with refused("InvalidArgument", 400) as refusal:
        s3.put_object(
            Bucket=locked, Key="k", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=days(clock, -1)
        )
    assert refusal.error["Message"] == "The retain until date must be in the future!"


def test_a_version_is_kept_until_its_date_in_business_time(s3, governed, move, refused):
    with refused("AccessDenied", 403) as refusal:
        s3.delete_object(**governed)
    assert refusal.error["Message"] == GUARDED
    marker = s3.delete_object(Bucket=governed["Bucket"], Key="k")  # a marker deletes nothing
    assert marker["DeleteMarker"]
    move(2 * DAY + 1)
    s3.delete_object(**governed)
    with refused("NoSuchVersion", 404):
        s3.get_object(**governed)


def test_governance_is_passed_by_who_may(client, s3, governed, refused):
    plain = client("s3", **user(client, "plain", allow(["s3:DeleteObject*", "s3:GetObject*"])))
    with refused("AccessDenied", 403):
        plain.delete_object(**governed, BypassGovernanceRetention=True)
    with refused("AccessDenied", 403):
        s3.delete_object(**governed)
    entry = {name: governed[name] for name in ("Key", "VersionId")}
    answer = plain.delete_objects(
        Bucket=governed["Bucket"], Delete={"Objects": [entry]}, BypassGovernanceRetention=True
    )
    assert [one["Code"] for one in answer["Errors"]] == ["AccessDenied"]
    (error,) = s3.delete_objects(Bucket=governed["Bucket"], Delete={"Objects": [entry]})["Errors"]
    assert (error["Code"], error["Message"]) == ("AccessDenied", GUARDED)
    assert s3.delete_object(**governed, BypassGovernanceRetention=True)["VersionId"] == governed["VersionId"]


def test_compliance_is_passed_by_nobody(s3, locked, clock, refused):
    made = s3.put_object(Bucket=locked, Key="k", Body=b"1")
    version = {"Bucket": locked, "Key": "k", "VersionId": made["VersionId"]}
    until = days(clock, 3)
    s3.put_object_retention(**version, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until})
    for call in (
        lambda: s3.delete_object(**version, BypassGovernanceRetention=True),
        lambda: s3.put_object_retention(**version, Retention={}, BypassGovernanceRetention=True),
        lambda: s3.put_object_retention(
            **version,
            Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until},
            BypassGovernanceRetention=True,
        ),
        lambda: s3.put_object_retention(
            **version, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": days(clock, 1)}
        ),
    ):
        with refused("AccessDenied", 403):
            call()
    s3.put_object_retention(**version, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": days(clock, 4)})
    assert s3.head_object(**version)["ObjectLockRetainUntilDate"] == days(clock, 4)


def test_governance_is_lengthened_by_all_and_shortened_by_who_may_bypass(s3, governed, clock, refused):
    """`test_object_lock_extend_duration`."""
    longer = {"Mode": "GOVERNANCE", "RetainUntilDate": days(clock, 9)}
    s3.put_object_retention(**governed, Retention=longer)
    assert s3.get_object_retention(**governed)["Retention"] == longer
    shorter = {"Mode": "GOVERNANCE", "RetainUntilDate": days(clock, 1)}
    with refused("AccessDenied", 403) as refusal:
        s3.put_object_retention(**governed, Retention=shorter)
    assert refusal.error["Message"] == GUARDED
    s3.put_object_retention(**governed, Retention=shorter, BypassGovernanceRetention=True)
    s3.put_object_retention(**governed, Retention={}, BypassGovernanceRetention=True)
    with refused("NoSuchObjectLockConfiguration", 404):
        s3.get_object_retention(**governed)


def test_a_legal_hold(s3, locked, move, refused):
    made = s3.put_object(Bucket=locked, Key="k", Body=b"1")
    version = {"Bucket": locked, "Key": "k", "VersionId": made["VersionId"]}
    with refused("NoSuchObjectLockConfiguration", 404):
        s3.get_object_legal_hold(**version)
    s3.put_object_legal_hold(**version, LegalHold={"Status": "ON"})
    assert s3.head_object(**version)["ObjectLockLegalHoldStatus"] == "ON"
    move(4000 * DAY)
    with refused("AccessDenied", 403):
        s3.delete_object(**version, BypassGovernanceRetention=True)
    s3.put_object_legal_hold(**version, LegalHold={"Status": "OFF"})
    assert s3.get_object_legal_hold(**version)["LegalHold"] == {"Status": "OFF"}
    with refused("MalformedXML", 400):
        s3.put_object_legal_hold(**version, LegalHold={})
    s3.delete_object(**version)


def test_default_retention_is_for_all_that_is_written(s3, locked, clock):
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 10}}
    s3.put_object_lock_configuration(
        Bucket=locked, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    s3.put_object(Bucket=locked, Key="put", Body=b"1")
    s3.copy_object(Bucket=locked, Key="copy", CopySource=f"{locked}/put")
    names = {"Bucket": locked, "Key": "parts"}
    upload = s3.create_multipart_upload(**names)["UploadId"]
    etag = s3.upload_part(**names, UploadId=upload, PartNumber=1, Body=b"1")["ETag"]
    whole = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    s3.complete_multipart_upload(**names, UploadId=upload, MultipartUpload=whole)
    for key in ("put", "copy", "parts"):
        found = s3.head_object(Bucket=locked, Key=key)
        assert found["ObjectLockMode"] == "GOVERNANCE"
        assert abs(found["ObjectLockRetainUntilDate"] - days(clock, 10)) < timedelta(seconds=2)


def test_a_copy_does_not_take_the_lock_along(s3, locked, governed):
    """`test_s3_copy_object_legal_hold`."""
    s3.copy_object(Bucket=locked, Key="copy", CopySource=f"{locked}/k")
    assert "ObjectLockMode" not in s3.head_object(Bucket=locked, Key="copy")
