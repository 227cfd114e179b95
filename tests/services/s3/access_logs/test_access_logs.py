"""Server access logs. Oracle: "Logging requests with server access logging" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html),
"Amazon S3 server access log format" (.../LogFormat.html), whose regular expression is in "Using Amazon Athena to query" (.../using-s3-access-logs-to-identify-requests.html)."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote

import pytest

from clary.access.identity import canonical_user
from clary.services.s3.access_logs.delivery import collector
from tests.support.principals import ACCOUNT, allow, policy, user

# The regular expression of AWS's table for Athena, with the field for the source Region at its end.
LINE = re.compile(
    r'([^ ]*) ([^ ]*) \[(.*?)\] ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ("[^"]*"|-) (-|[0-9]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) '
    r'([^ ]*) ("[^"]*"|-) ([^ ]*|"[^"]*") ([^ ]*)(?: ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*))'
)
FIELDS = [
    "owner",
    "bucket",
    "time",
    "ip",
    "requester",
    "id",
    "operation",
    "key",
    "uri",
    "status",
    "error",
    "sent",
    "size",
    "total",
    "turnaround",
    "referer",
    "agent",
    "version",
    "host_id",
    "signature",
    "cipher",
    "auth",
    "host",
    "tls",
    "access_point",
    "acl",
    "region",
]


@pytest.fixture
def logs(s3):
    """A bucket that lets the log service in, as the User Guide shows it."""
    s3.create_bucket(Bucket="logs")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::logs/*",
        "Condition": {
            "ArnLike": {"aws:SourceArn": "arn:aws:s3:::bucket"},
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
        },
    }
    s3.put_bucket_policy(Bucket="logs", Policy=policy(statement))
    return "logs"


@pytest.fixture
def log(s3, bucket, platform, loop):
    """`log(TargetPrefix="x")`: log the requests to `bucket` from now on."""

    def put(**wanted):
        enabled = {"TargetBucket": "logs", "TargetPrefix": "", **wanted}
        s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": enabled})
        loop.run(collector(platform).refresh())

    return put


@pytest.fixture
def delivered(s3, platform, loop):
    """The lines that are delivered now, as fields by name, in the order of the requests; and the keys of their objects."""

    def deliver():
        loop.run(collector(platform).deliver())
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket="logs").get("Contents", [])]
        text = "".join(s3.get_object(Bucket="logs", Key=key)["Body"].read().decode() for key in keys)
        found = [LINE.fullmatch(line) for line in text.splitlines()]
        assert all(found), text
        return [dict(zip(FIELDS, one.groups(), strict=True)) for one in found], keys

    return deliver


def test_each_request_is_a_line(client, s3, bucket, logs, log, delivered, refused):
    log()
    s3.put_object(Bucket=bucket, Key="a b/ü", Body=b"12345")
    s3.get_object(Bucket=bucket, Key="a b/ü", Range="bytes=1-2")["Body"].read()
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="none")
    s3.list_objects_v2(Bucket=bucket)
    s3.get_bucket_versioning(Bucket=bucket)
    s3.get_bucket_logging(Bucket=bucket)
    nobody = user(client, "nobody", allow("s3:ListAllMyBuckets"))
    with refused("AccessDenied", 403):
        client("s3", **nobody).get_object(Bucket=bucket, Key="a b/ü")
    lines, _ = delivered()
    assert [(one["operation"], one["status"], one["error"]) for one in lines] == [
        ("REST.PUT.OBJECT", "200", "-"),
        ("REST.GET.OBJECT", "206", "-"),
        ("REST.GET.OBJECT", "404", "NoSuchKey"),
        ("REST.GET.BUCKET", "200", "-"),
        ("REST.GET.VERSIONING", "200", "-"),
        ("REST.GET.LOGGING_STATUS", "200", "-"),
        ("REST.GET.OBJECT", "403", "AccessDenied"),
    ]
    put, get, *_, denied = lines
    root = canonical_user(ACCOUNT)
    assert (put["owner"], put["bucket"], put["requester"], put["size"]) == (root, bucket, root, "5")
    assert (get["key"], get["sent"], get["size"]) == ("a%20b/%C3%BC", "2", "5")
    assert (get["signature"], get["auth"]) == ("SigV4", "AuthHeader")
    assert get["uri"].startswith('"GET /bucket/a%20b/%C3%BC HTTP/1.1')
    assert denied["requester"] == f"arn:aws:iam::{ACCOUNT}:user/nobody"
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", get["time"])


def test_a_presigned_request_does_not_give_its_signature_away(app, s3, bucket, logs, log, delivered):
    log()
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    app.request("GET", url, {"user-agent": 'a "quoted" one'})
    ((line,), _) = delivered()
    query = parse_qs(url.partition("?")[2])
    (signature,) = (values for name, values in query.items() if name.endswith("Signature"))
    assert signature[0] not in unquote(line["uri"])
    assert "Signature=REDACTED" in line["uri"]
    assert (line["auth"], line["agent"]) == ("QueryString", '"a %22quoted%22 one"')


def test_buckets_that_are_not_logged_are_not_looked_at(s3, bucket, logs, log, delivered, platform, loop):
    assert platform.answered == []
    log()
    assert len(platform.answered) == 1
    s3.create_bucket(Bucket="other")
    s3.put_object(Bucket="other", Key="k", Body=b"1")
    assert delivered() == ([], [])
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})
    loop.run(collector(platform).refresh())
    assert platform.answered == []
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)


@pytest.mark.parametrize(
    ("form", "pattern"),
    [
        ({}, r"p/\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9A-F]{16}"),
        ({"SimplePrefix": {}}, r"p/\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9A-F]{16}"),
        (
            {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}},
            ACCOUNT.join((r"p/", r"/us-east-1/bucket/\d{4}/\d\d/\d\d/\d{4}-\d\d-\d\d-00-00-00-[0-9A-F]{16}")),
        ),
        (
            {"PartitionedPrefix": {"PartitionDateSource": "DeliveryTime"}},
            ACCOUNT.join((r"p/", r"/us-east-1/bucket/\d{4}/\d\d/\d\d/\d{4}(-\d\d){5}-[0-9A-F]{16}")),
        ),
    ],
)
def test_keys_of_log_objects(s3, bucket, logs, log, delivered, form, pattern):
    log(TargetPrefix="p/", **({"TargetObjectKeyFormat": form} if form else {}))
    s3.list_objects_v2(Bucket=bucket)
    _, (key,) = delivered()
    assert re.fullmatch(pattern, key), key


def test_a_target_that_does_not_let_the_service_in_gets_nothing(s3, bucket, logs, log, delivered):
    log()
    s3.delete_bucket_policy(Bucket=logs)
    s3.list_objects_v2(Bucket=bucket)
    assert delivered() == ([], [])


def test_the_group_of_the_log_service_and_grants(s3, bucket, logs, log, delivered):
    """The older way: the group may write by the bucket's ACL, and grants say who may read (ServerLogs, S3 User Guide)."""
    s3.delete_bucket_policy(Bucket=logs)
    controls = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    s3.put_bucket_ownership_controls(Bucket=logs, OwnershipControls=controls)
    s3.put_bucket_acl(Bucket=logs, ACL="log-delivery-write")
    group = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}
    grants = [{"Grantee": group, "Permission": one} for one in ("READ", "WRITE", "READ_ACP")]
    log(TargetGrants=grants)
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]["TargetGrants"] == grants
    s3.list_objects_v2(Bucket=bucket)
    _, (key,) = delivered()
    shown = s3.get_object_acl(Bucket=logs, Key=key)["Grants"]
    assert {(one["Grantee"].get("URI", "owner")[-11:], one["Permission"]) for one in shown} == {
        ("owner", "FULL_CONTROL"),
        ("LogDelivery", "READ"),
        ("LogDelivery", "READ_ACP"),
    }


def test_what_is_refused(s3, stranger, bucket, logs, log, refused):
    with refused("InvalidTargetBucketForLogging", 400) as refusal:
        log(TargetBucket="nowhere")
    assert refusal.error["Message"] == "The target bucket for logging does not exist"
    stranger.create_bucket(Bucket="theirs")
    # zalando-stups/sevenseconds#29
    with refused("InvalidTargetBucketForLogging", 400) as refusal:
        log(TargetBucket="theirs")
    assert refusal.error["Message"].startswith("The owner for the bucket to be logged and the target bucket")
    group = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}
    with refused("InvalidBucketAclWithObjectOwnership", 400):
        log(TargetGrants=[{"Grantee": group, "Permission": "READ"}])
    with refused("MalformedXML", 400):
        log(TargetObjectKeyFormat={"SimplePrefix": {}, "PartitionedPrefix": {}})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)


def test_another_region_is_refused(client, s3, bucket, log, refused):
    west = client("s3", region_name="us-west-2")
    west.create_bucket(Bucket="logs", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    with refused("CrossLocationLoggingProhibitted", 403):
        log()
