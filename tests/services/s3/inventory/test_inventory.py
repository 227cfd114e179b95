"""Inventories. Oracle: recorded answers of AWS (`test_s3_inventory_report_crud`, `test_s3_put_inventory_report_exceptions`), "Amazon S3
Inventory list" and "Locating your inventory list" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html,
.../storage-inventory-location.html)."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re

import pytest

from clary.services.s3.inventory import report
from clary.services.s3.inventory.fields import OPTIONAL
from clary.services.s3.inventory.schedule import REPORT, next_after
from tests.support.principals import ACCOUNT, policy

DAY, LEASE = 86400, 11.0
# The policy that AWS shows: "Permissions for S3 Inventory and S3 analytics" (example-bucket-policies, S3 User Guide).
LETS_IN = {
    "Effect": "Allow",
    "Principal": {"Service": "s3.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::reports/*",
    "Condition": {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::bucket"},
        "StringEquals": {"aws:SourceAccount": ACCOUNT, "s3:x-amz-acl": "bucket-owner-full-control"},
    },
}


@pytest.fixture
def reports(s3):
    s3.create_bucket(Bucket="reports")
    s3.put_bucket_policy(Bucket="reports", Policy=policy(LETS_IN))
    return "reports"


def configuration(**more):
    to = {"Bucket": "arn:aws:s3:::reports", "Format": "CSV", **more.pop("to", {})}
    return {
        "Id": "list",
        "IsEnabled": True,
        "IncludedObjectVersions": "Current",
        "Schedule": {"Frequency": "Daily"},
        "Destination": {"S3BucketDestination": to},
        **more,
    }


@pytest.fixture
def configure(s3, bucket):
    def put(**more):
        wanted = configuration(**more)
        s3.put_bucket_inventory_configuration(Bucket=bucket, Id=wanted["Id"], InventoryConfiguration=wanted)

    return put


@pytest.fixture
def work(controllers, platform, clock):
    """Let the controllers do what is due, until every report waits for its next one."""

    def rests():
        with platform.store.read() as tx:
            return all(one.due is None for one in tx.list(REPORT.kind, None))

    def go():
        for _ in range(20):
            while controllers.once():
                pass
            if rests():
                return
            clock.advance(LEASE)
        raise AssertionError("a report does not come to rest")

    return go


@pytest.fixture
def listed(s3):
    """The newest manifest, and the rows of all of its files."""

    def read(prefix="bucket/list/"):
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket="reports", Prefix=prefix).get("Contents", [])]
        (*_, key) = sorted(key for key in keys if key.endswith("manifest.json"))
        text = s3.get_object(Bucket="reports", Key=key)["Body"].read()
        digest = (
            s3.get_object(Bucket="reports", Key=key.replace(".json", ".checksum"))["Body"].read().decode()
        )
        assert digest == hashlib.md5(text).hexdigest()
        manifest = json.loads(text)
        rows = []
        for one in manifest["files"]:
            body = s3.get_object(Bucket="reports", Key=one["key"])["Body"].read()
            assert (len(body), hashlib.md5(body).hexdigest()) == (one["size"], one["MD5checksum"])
            rows += csv.reader(io.StringIO(gzip.decompress(body).decode()))
        return manifest, rows, keys

    return read


def test_configurations_are_kept(s3, bucket, reports, refused):
    """`test_s3_inventory_report_crud`"""
    wanted = configuration(OptionalFields=["Size", "ETag"], IsEnabled=False)
    named = {"Bucket": bucket, "Id": "list"}
    put = s3.put_bucket_inventory_configuration(**named, InventoryConfiguration=wanted)
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert s3.get_bucket_inventory_configuration(**named)["InventoryConfiguration"] == wanted
    shown = s3.list_bucket_inventory_configurations(Bucket=bucket)
    assert (shown["InventoryConfigurationList"], shown["IsTruncated"]) == ([wanted], False)
    assert s3.delete_bucket_inventory_configuration(**named)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert "InventoryConfigurationList" not in s3.list_bucket_inventory_configurations(Bucket=bucket)
    with refused("NoSuchConfiguration", 404) as refusal:
        s3.get_bucket_inventory_configuration(**named)
    assert refusal.error["Message"] == "The specified configuration does not exist."
    with refused("NoSuchConfiguration", 404):
        s3.delete_bucket_inventory_configuration(**named)


def test_pages_of_configurations(s3, bucket, reports, configure):
    for number in range(103):
        configure(Id=f"c{number:03}", IsEnabled=False)
    first = s3.list_bucket_inventory_configurations(Bucket=bucket)
    assert (len(first["InventoryConfigurationList"]), first["IsTruncated"]) == (100, True)
    token = first["NextContinuationToken"]
    rest = s3.list_bucket_inventory_configurations(Bucket=bucket, ContinuationToken=token)
    assert [one["Id"] for one in rest["InventoryConfigurationList"]] == ["c100", "c101", "c102"]
    assert rest["IsTruncated"] is False


@pytest.mark.parametrize(
    ("wanted", "code", "message"),
    [
        ({"to": {"Bucket": "reports"}}, "InvalidS3DestinationBucket", "Invalid bucket ARN."),
        # aws/aws-cli#3611
        ({"to": {"Bucket": "arn:aws:s3::123456789012:reports"}}, "InvalidS3DestinationBucket", "Bucket ARN should not"),
        ({"to": {"Format": "TSV"}}, "MalformedXML", ""),
        ({"IncludedObjectVersions": "Some"}, "MalformedXML", ""),
        ({"OptionalFields": ["Colour"]}, "MalformedXML", ""),
        ({"Schedule": {"Frequency": "Hourly"}}, "MalformedXML", ""),
        ({"Id": "other"}, "IdMismatch", "Document ID does not match the specified configuration ID."),
        ({"OptionalFields": ["IntelligentTieringReferenceDate"]}, "NotImplemented", ""),
    ],
)  # fmt: skip
def test_what_is_refused(s3, bucket, reports, refused, wanted, code, message):
    """`test_s3_put_inventory_report_exceptions`"""
    with refused(code, 501 if code == "NotImplemented" else 400) as refusal:
        s3.put_bucket_inventory_configuration(
            Bucket=bucket, Id="list", InventoryConfiguration=configuration(**wanted)
        )
    assert refusal.error["Message"].startswith(message)


def test_a_report_of_current_versions(s3, versioned, reports, configure, work, listed):
    s3.put_object(Bucket=versioned, Key="a b,ü", Body=b"123")
    s3.put_object(Bucket=versioned, Key="a b,ü", Body=b"1234")
    s3.put_object(Bucket=versioned, Key="gone", Body=b"1")
    s3.delete_object(Bucket=versioned, Key="gone")
    configure(OptionalFields=["ETag", "Size", "EncryptionStatus", "StorageClass"], to={"Prefix": "p"})
    work()
    manifest, rows, keys = listed("p/bucket/list/")
    etag = hashlib.md5(b"1234").hexdigest()
    assert rows == [["bucket", "a%20b%2C%C3%BC", "4", etag, "STANDARD", "SSE-S3"]]
    assert manifest["fileSchema"] == "Bucket, Key, Size, ETag, StorageClass, EncryptionStatus"
    assert (manifest["sourceBucket"], manifest["destinationBucket"]) == ("bucket", "arn:aws:s3:::reports")
    assert (manifest["version"], manifest["fileFormat"]) == ("2016-11-30", "CSV")
    patterns = (
        r"p/bucket/list/\d{4}-\d\d-\d\dT\d\d-\d\dZ/manifest\.(json|checksum)",
        r"p/bucket/list/data/[0-9a-f-]{36}\.csv\.gz",
        r"p/bucket/list/hive/dt=\d{4}-\d\d-\d\d-\d\d-\d\d/symlink\.txt",
    )
    assert all(any(re.fullmatch(one, key) for one in patterns) for key in keys)
    (link,) = (key for key in keys if key.endswith("symlink.txt"))
    text = s3.get_object(Bucket="reports", Key=link)["Body"].read().decode()
    assert text == f"s3://reports/{manifest['files'][0]['key']}"


def test_a_report_of_all_versions_in_several_files(
    s3, versioned, reports, configure, work, listed, monkeypatch
):
    monkeypatch.setattr(report, "BATCH", 3)
    for number in range(5):
        s3.put_object(Bucket=versioned, Key=f"k{number}", Body=b"1")
        s3.put_object(Bucket=versioned, Key="k1", Body=b"2")
    s3.delete_object(Bucket=versioned, Key="k0")
    configure(IncludedObjectVersions="All", OptionalFields=sorted(OPTIONAL))
    work()
    manifest, rows, _ = listed()
    assert len(manifest["files"]) == 4
    found = s3.list_object_versions(Bucket=versioned)
    every = {(one["Key"], one["VersionId"], str(one["IsLatest"]).lower()) for one in found["Versions"]}
    markers = {(one["Key"], one["VersionId"], "true") for one in found["DeleteMarkers"]}
    assert {(row[1], row[2], row[3]) for row in rows} == every | markers
    assert {row[1] for row in rows if row[4] == "true"} == {"k0"}
    assert manifest["fileSchema"].startswith(
        "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag"
    )


def test_a_prefix_and_an_empty_bucket(s3, bucket, reports, configure, work, listed):
    configure(Filter={"Prefix": "in/"})
    work()
    assert listed()[1] == []
    for key in ("a", "in/1", "in/2", "z"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    configure(Filter={"Prefix": "in/"})
    work()
    assert [row[1] for row in listed()[1]] == ["in/1", "in/2"]


@pytest.mark.parametrize(("form", "ending"), [("Parquet", "parquet"), ("ORC", "orc")])
def test_columns(s3, versioned, reports, configure, work, form, ending):
    arrow = pytest.importorskip(f"pyarrow.{ending}")
    s3.put_object(Bucket=versioned, Key="a b", Body=b"123", Tagging="a=b")
    configure(IncludedObjectVersions="All", OptionalFields=sorted(OPTIONAL), to={"Format": form})
    work()
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="reports")["Contents"]]
    (file,) = (key for key in keys if key.endswith(f".{ending}"))
    (row,) = arrow.read_table(
        io.BytesIO(s3.get_object(Bucket="reports", Key=file)["Body"].read())
    ).to_pylist()
    assert (row["key"], row["size"], row["is_latest"], row["storage_class"]) == ("a b", 3, True, "STANDARD")
    assert row["last_modified_date"] == s3.head_object(Bucket=versioned, Key="a b")["LastModified"]


def test_reports_follow_business_time(s3, bucket, reports, configure, work, listed, move):
    configure()
    work()
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    work()
    assert listed()[1] == []
    move(DAY)
    work()
    assert [row[1] for row in listed()[1]] == ["k"]


def test_weekly_reports_are_of_sundays():
    monday = 1704067200.0  # Monday, January 1, 2024
    assert next_after("Weekly", monday) == monday + 6 * DAY
    assert next_after("Weekly", monday + 6 * DAY) == monday + 13 * DAY
    assert next_after("Daily", monday + 5) == monday + DAY


def test_the_policy_of_the_target_decides(s3, bucket, reports, configure, work):
    s3.delete_bucket_policy(Bucket=reports)
    configure()
    work()
    assert "Contents" not in s3.list_objects_v2(Bucket=reports)
    elsewhere = {**LETS_IN, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::other"}}}
    s3.put_bucket_policy(Bucket=reports, Policy=policy(elsewhere))
    configure()
    work()
    assert "Contents" not in s3.list_objects_v2(Bucket=reports)


def test_reports_are_encrypted_as_they_ask(client, s3, bucket, reports, configure, work):
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    service = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "kms:GenerateDataKey",
        "Resource": "*",
    }
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(root, service))
    configure(to={"Encryption": {"SSEKMS": {"KeyId": key}}})
    work()
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=reports)["Contents"]]
    assert {s3.head_object(Bucket=reports, Key=one)["SSEKMSKeyId"] for one in keys} == {key}


def test_a_bucket_that_is_gone(s3, bucket, reports, configure, work, platform):
    configure()
    work()
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    with platform.store.write() as tx:
        for one in tx.list(REPORT.kind, None):
            tx.update(one.evolve(due=0.0, until=None))
    work()
    with platform.store.read() as tx:
        assert tx.count(REPORT.kind, None) == 0
