"""MFA delete is refused as AWS refuses it without a device of the root user. Oracle: reports of users, named at each sentence."""

from __future__ import annotations

import pytest

from tests.support.principals import ACCOUNT, allow, user

DEVICE = f"arn:aws:iam::{ACCOUNT}:mfa/root-account-mfa-device"


@pytest.fixture
def ask(bucket):
    def ask(s3, **more):
        wanted = {"Status": "Enabled", "MFADelete": "Enabled"}
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=wanted, **more)

    return ask


@pytest.fixture
def nothing_changed(s3, bucket):
    yield
    answer = s3.get_bucket_versioning(Bucket=bucket)
    assert "Status" not in answer
    assert "MFADelete" not in answer


@pytest.mark.usefixtures("nothing_changed")
class TestRefusals:
    def test_without_a_code(self, s3, ask, refused):
        """cloudposse/terraform-aws-codebuild#76"""
        with refused("AccessDenied", 403) as refusal:
            ask(s3)
        assert refusal.error["Message"] == "Mfa Authentication must be used for this request"

    def test_by_a_user(self, client, ask, refused):
        """A user with the code of a device of its own: "This operation may only be performed by the bucket owner" is what AWS says of
        deletions by it, and of nothing but the root user's."""
        ann = client("s3", **user(client, "ann", allow("s3:*")))
        with refused("AccessDenied", 403) as refusal:
            ask(ann, MFA=f"arn:aws:iam::{ACCOUNT}:mfa/ann 123456")
        assert refusal.error["Message"] == "This operation may only be performed by the bucket owner"

    @pytest.mark.parametrize("header", ["123456", f"{DEVICE} 12345", f"{DEVICE}  123456"])
    def test_a_malformed_code(self, s3, ask, refused, header):
        """iterate-ch/cyberduck#16267"""
        with refused("InvalidArgument", 400) as refusal:
            ask(s3, MFA=header)
        assert refusal.error["Message"] == (
            "Mfa header is invalid -- the header should be formatted as {serialNumber}(space){tokenCode}"
        )
        assert (refusal.error["ArgumentName"], refusal.error["ArgumentValue"]) == ("x-amz-mfa", header)

    def test_in_a_session(self, client, ask, refused):
        """99designs/aws-vault#793"""
        made = client("sts").get_session_token()["Credentials"]
        session = client(
            "s3", key=made["AccessKeyId"], secret=made["SecretAccessKey"], token=made["SessionToken"]
        )
        with refused("InvalidRequest", 400) as refusal:
            ask(session, MFA=f"{DEVICE} 123456")
        assert refusal.error["Message"] == "DevPay and Mfa are mutually exclusive authorization methods."

    def test_a_code_of_no_device_of_the_root_user(self, s3, ask, refused):
        with refused("AccessDenied", 403):
            ask(s3, MFA=f"{DEVICE} 123456")


def test_disabled_is_what_it_is(s3, bucket):
    wanted = {"Status": "Enabled", "MFADelete": "Disabled"}
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=wanted)
    answer = s3.get_bucket_versioning(Bucket=bucket)
    assert answer["Status"] == "Enabled"
    assert answer.get("MFADelete", "Disabled") == "Disabled"
