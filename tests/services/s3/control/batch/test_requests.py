"""What the operations on jobs take and refuse. Oracle: the API reference of S3 Control (CreateJob, UpdateJobStatus, ListJobs, PutJobTagging), "Troubleshooting
S3 Batch Operations" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshooting-batch-operations.html) and S3's page of the
Service Authorization Reference."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.services.s3.control.batch.conftest import TRUST, report
from tests.support.principals import ACCOUNT, OTHER, allow, role, user

UNTAG = {"S3DeleteObjectTagging": {}}
COPY = {"S3PutObjectCopy": {"TargetResource": "arn:aws:s3:::target"}}
GENERATOR = {"S3JobManifestGenerator": {"SourceBucket": "arn:aws:s3:::bucket", "EnableManifestOutput": False}}


@pytest.fixture
def refused_job(create, manifest, refused):
    """`refused_job("InvalidRequest", operation, …)`"""

    def go(code, operation, status=400, **more):
        if "ManifestGenerator" not in more:
            more = {"Manifest": manifest("bucket", "a"), **more}
        with refused(code, status) as refusal:
            create(operation, **{name: value for name, value in more.items() if value is not None})
        return refusal.error["Message"]

    return go


WRONG = {
    "two operations": ({**UNTAG, **COPY}, {}),
    "no operation": ({}, {}),
    "no list": (UNTAG, {"Manifest": None}),
    "two lists": (UNTAG, {"ManifestGenerator": GENERATOR, "Manifest": "given"}),
    "a target that is no bucket": ({"S3PutObjectCopy": {"TargetResource": "arn:aws:s3:::target/key"}}, {}),
    "an ACL of both kinds": (
        {
            "S3PutObjectCopy": {
                **COPY["S3PutObjectCopy"],
                "CannedAccessControlList": "private",
                "AccessControlGrants": [{"Permission": "READ"}],
            }
        },
        {},
    ),
    "a grant of WRITE": (
        {"S3PutObjectCopy": {**COPY["S3PutObjectCopy"], "AccessControlGrants": [{"Permission": "WRITE"}]}},
        {},
    ),
    "no ACL": ({"S3PutObjectAcl": {"AccessControlPolicy": {}}}, {}),
    "no day": ({"S3InitiateRestoreObject": {"ExpirationInDays": 0}}, {}),
    "no encryption": ({"S3UpdateObjectEncryption": {}}, {}),
    "composite CRC64NVME": (
        {"S3ComputeObjectChecksum": {"ChecksumAlgorithm": "CRC64NVME", "ChecksumType": "COMPOSITE"}},
        {},
    ),
    "a report without a bucket": (UNTAG, {"Report": {"Enabled": True}}),
    "a report without a scope": (
        UNTAG,
        {"Report": {"Enabled": True, "Bucket": "arn:aws:s3:::lists", "Format": "Report_CSV_20180820"}},
    ),
    "a report in an object": (UNTAG, {"Report": report(Bucket="arn:aws:s3:::lists/key")}),
    "an output without a place": (
        UNTAG,
        {
            "ManifestGenerator": {
                "S3JobManifestGenerator": {
                    **GENERATOR["S3JobManifestGenerator"],
                    "EnableManifestOutput": True,
                }
            }
        },
    ),
}


@pytest.mark.parametrize(("operation", "more"), WRONG.values(), ids=WRONG.keys())
def test_requests_that_make_no_sense(control, manifest, refused_job, operation, more):
    if more.get("Manifest") == "given":
        more = {**more, "Manifest": manifest("bucket", "a")}
    refused_job("InvalidRequest", operation, **more)
    assert control.list_jobs(AccountId=ACCOUNT)["Jobs"] == []


@pytest.mark.parametrize("fields", [["Key"], ["Bucket"], ["Bucket", "Key", "Key"], []])
def test_fields_of_a_manifest(manifest, refused_job, fields):
    given = manifest("bucket", "a")
    given["Spec"]["Fields"] = fields
    refused_job("InvalidRequest", UNTAG, Manifest=given)


MISSING = {
    "Lambda": ({"LambdaInvoke": {"FunctionArn": "f"}}, "LambdaInvoke"),
    "directory buckets": (
        {"S3PutObjectCopy": {"TargetResource": "arn:aws:s3express:a:b:bucket/c"}},
        "directory buckets",
    ),
    "XXHASH64": ({"S3ComputeObjectChecksum": {"ChecksumAlgorithm": "XXHASH64"}}, "XXHASH64"),
    "checksums that no object has": (
        {"S3PutObjectCopy": {**COPY["S3PutObjectCopy"], "ChecksumAlgorithm": "SHA512"}},
        "SHA512",
    ),
    "event holds": (
        {"S3PutObjectCopy": {**COPY["S3PutObjectCopy"], "ObjectLockEventHold": "ON"}},
        "ObjectLockEventHold",
    ),
}


@pytest.mark.parametrize(("operation", "name"), MISSING.values(), ids=MISSING.keys())
def test_what_is_not_there_is_refused_by_name(refused_job, operation, name):
    assert name in refused_job("NotImplemented", operation, status=501)


def test_a_token_names_one_request(create, control, manifest, refused):
    given = {"Manifest": manifest("bucket", "a"), "ClientRequestToken": "once"}
    job = create(UNTAG, **given)
    assert create(UNTAG, **given) == job
    with refused("IdempotencyException", 400):
        create(UNTAG, **given, Description="another")
    assert [one["JobId"] for one in control.list_jobs(AccountId=ACCOUNT)["Jobs"]] == [job]


def test_a_job_that_is_not_there(control, refused):
    named = {"AccountId": ACCOUNT, "JobId": "00e123a4-c0d8-41f4-a0eb-b46f9ba5b07c"}
    for call in (
        control.describe_job,
        control.get_job_tagging,
        control.delete_job_tagging,
        lambda **n: control.put_job_tagging(**n, Tags=[]),
        lambda **n: control.update_job_priority(**n, Priority=1),
        lambda **n: control.update_job_status(**n, RequestedJobStatus="Cancelled"),
    ):
        with refused("NoSuchJob", 404) as refusal:
            call(**named)
        assert refusal.error["Message"] == "The specified job does not exist"


def test_jobs_of_another_account(client, stranger, create, manifest, refused):
    job = create(UNTAG, Manifest=manifest("bucket", "a"))
    other = client("s3control", key="AKIASTRANGERSTRANGER", secret="stranger-secret-stranger-secret-stranger")
    with refused("AccessDenied", 403):
        other.describe_job(AccountId=ACCOUNT, JobId=job)
    with refused("NoSuchJob", 404):
        other.describe_job(AccountId=OTHER, JobId=job)


def test_tags(create, control, manifest, refused):
    job = create(UNTAG, Manifest=manifest("bucket", "a"), Tags=[{"Key": "a", "Value": "1"}])
    named = {"AccountId": ACCOUNT, "JobId": job}
    assert control.get_job_tagging(**named)["Tags"] == [{"Key": "a", "Value": "1"}]
    control.put_job_tagging(**named, Tags=[{"Key": "b", "Value": "2"}])
    assert control.get_job_tagging(**named)["Tags"] == [{"Key": "b", "Value": "2"}]
    with refused("TooManyTagsException", 400):
        control.put_job_tagging(**named, Tags=[{"Key": f"k{i}", "Value": ""} for i in range(51)])
    with refused("InvalidTag", 400):
        control.put_job_tagging(**named, Tags=[{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}])
    assert control.get_job_tagging(**named)["Tags"] == [{"Key": "b", "Value": "2"}]
    control.delete_job_tagging(**named)
    assert control.get_job_tagging(**named)["Tags"] == []


def test_too_many_tags_make_no_job(refused_job, control):
    refused_job("TooManyTagsException", UNTAG, Tags=[{"Key": f"k{i}", "Value": ""} for i in range(51)])
    assert control.list_jobs(AccountId=ACCOUNT)["Jobs"] == []


def test_jobs_are_listed_the_newest_first(create, control, manifest, clock, refused):
    given = manifest("bucket", "a")
    made = []
    for number in range(3):
        made.append(create(UNTAG, Manifest=given, Description=f"job {number}"))
        clock.advance(1)
    control.update_job_status(AccountId=ACCOUNT, JobId=made[0], RequestedJobStatus="Cancelled")
    first = control.list_jobs(AccountId=ACCOUNT, MaxResults=2)
    assert [one["JobId"] for one in first["Jobs"]] == [made[2], made[1]]
    one = first["Jobs"][0]
    assert (one["Description"], one["Operation"], one["Priority"], one["Status"]) == (
        "job 2",
        "S3DeleteObjectTagging",
        10,
        "New",
    )
    rest = control.list_jobs(AccountId=ACCOUNT, MaxResults=2, NextToken=first["NextToken"])
    assert [one["JobId"] for one in rest["Jobs"]] == [made[0]]
    assert "NextToken" not in rest
    found = control.list_jobs(AccountId=ACCOUNT, JobStatuses=["Cancelling", "Cancelled"])
    assert [one["JobId"] for one in found["Jobs"]] == [made[0]]
    with refused("InvalidNextTokenException", 400):
        control.list_jobs(AccountId=ACCOUNT, NextToken="nonsense")


def test_only_who_may_pass_the_role(client, manifest, worker, create, control, refused):
    asked = {
        "AccountId": ACCOUNT,
        "Operation": UNTAG,
        "Report": {"Enabled": False},
        "Priority": 1,
        "RoleArn": worker,
        "Manifest": manifest("bucket", "a"),
    }
    keys = user(client, "maker", allow("s3:CreateJob"))
    with refused("AccessDenied", 403) as refusal:
        client("s3control", **keys).create_job(**asked)
    assert "iam:PassRole" in refusal.error["Message"]
    to_us = {"StringEquals": {"iam:PassedToService": "batchoperations.s3.amazonaws.com"}}
    keys = user(client, "passer", allow("s3:CreateJob"), {**allow("iam:PassRole"), "Condition": to_us})
    assert client("s3control", **keys).create_job(**asked)["JobId"]
    with refused("AccessDenied", 403) as refusal:  # tags take the right to set them
        client("s3control", **keys).create_job(**asked, Tags=[{"Key": "a", "Value": "b"}])
    assert "s3:PutJobTagging" in refusal.error["Message"]


CONDITIONS = {
    "s3:RequestJobOperation": ("StringEquals", "S3DeleteObjectTagging", "S3PutObjectCopy"),
    "s3:RequestJobPriority": ("NumericLessThan", "11", "10"),
}


@pytest.mark.parametrize(("key", "condition"), CONDITIONS.items())
def test_conditions_on_what_a_job_is_asked_for(client, manifest, create, worker, refused, key, condition):
    operator, fits, differs = condition
    asked = {
        "AccountId": ACCOUNT,
        "Operation": UNTAG,
        "Report": {"Enabled": False},
        "Priority": 10,
        "RoleArn": worker,
        "Manifest": manifest("bucket", "a"),
    }
    for name, value in (("fits", fits), ("differs", differs)):
        statement = {**allow("s3:CreateJob"), "Condition": {operator: {key: value}}}
        keys = user(client, name, statement, allow("iam:PassRole"))
        if name == "fits":
            assert client("s3control", **keys).create_job(**asked)
        else:
            with refused("AccessDenied", 403):
                client("s3control", **keys).create_job(**asked)


@pytest.mark.parametrize(
    ("condition", "may"),
    [
        ({"StringEquals": {"s3:ExistingJobOperation": "S3DeleteObjectTagging"}}, True),
        ({"StringEquals": {"s3:ExistingJobOperation": "S3PutObjectCopy"}}, False),
        ({"NumericEquals": {"s3:ExistingJobPriority": "10"}}, True),
        ({"NumericEquals": {"s3:ExistingJobPriority": "9"}}, False),
        ({"StringEquals": {"s3:JobSuspendedCause": "AwaitingConfirmation"}}, True),
    ],
)
def test_conditions_on_what_a_job_is(client, s3, bucket, manifest, create, work, condition, may):
    s3.put_object(Bucket=bucket, Key="a")
    job = create(UNTAG, Manifest=manifest("bucket", "a"), ConfirmationRequired=True)
    work()
    keys = user(client, "changer", {**allow("s3:UpdateJobStatus"), "Condition": condition})
    named = {"AccountId": ACCOUNT, "JobId": job, "RequestedJobStatus": "Ready"}
    if may:
        assert client("s3control", **keys).update_job_status(**named)["Status"] == "Ready"
        return
    with pytest.raises(ClientError, match="AccessDenied"):
        client("s3control", **keys).update_job_status(**named)


def test_a_role_that_does_not_trust_batch_operations(client, create, manifest, work, described):
    """The request is taken, and the job fails: only then is the role assumed."""
    other = role(client, TRUST.replace("batchoperations.", ""), allow("s3:*"), name="other")
    job = create(UNTAG, Manifest=manifest("bucket", "a"), RoleArn=other)
    work()
    found = described(job)
    assert found["Status"] == "Failed"
    (reason,) = found["FailureReasons"]
    assert "AccessDenied" in reason["FailureReason"]
