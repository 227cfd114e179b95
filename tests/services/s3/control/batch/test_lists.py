"""Lists of objects: CSV files, inventory reports, generated ones. Oracle: JobManifestSpec, S3JobManifestGenerator and JobManifestGeneratorFilter (API
reference), "Specifying a manifest" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-create-job.html)."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json

import pytest

from clary.services.s3.control.batch import generated, manifests, reading, report
from tests.services.s3.control.batch.conftest import CSV, TRUST, body, manifest_of
from tests.support.principals import ACCOUNT, OTHER, allow, policy, role

UNTAG = {"S3DeleteObjectTagging": {}}


@pytest.fixture
def lines_of(create, work, reported):
    """`lines_of(Manifest=…)`: bucket, key and version of each task."""

    def go(operation=UNTAG, **more):
        job = create(operation, **more)
        work()
        return [line[:3] for line in reported(job)]

    return go


@pytest.fixture
def failure(create, work, described):
    """`failure(Manifest=…)`: the code and the reason of a job that fails before its first task."""

    def go(operation=UNTAG, **more):
        job = create(operation, **more)
        work()
        found = described(job)
        assert found["Status"] == "Failed"
        assert found["ProgressSummary"]["NumberOfTasksFailed"] == 0
        (reason,) = found["FailureReasons"]
        return reason["FailureCode"], reason["FailureReason"]

    return go


# CSV -------------------------------------------------------------------------------------------------------------


def test_fields_in_another_order(s3, bucket, lists, lines_of):
    s3.put_object(Bucket=bucket, Key="a,b")
    text = f'x,"a%2Cb",{bucket}\r\n\r\ny,c,{bucket}\r\n'
    assert lines_of(Manifest=manifest_of(s3, lists, text, ["Ignore", "Key", "Bucket"])) == [
        [bucket, "a%2Cb", ""],
        [bucket, "c", ""],
    ]


def test_a_long_manifest_is_read_in_pieces(s3, bucket, manifest, lines_of, monkeypatch):
    monkeypatch.setattr(reading.piece, "__defaults__", (50,))
    monkeypatch.setattr(manifests, "_PIECES", 2)
    monkeypatch.setattr(manifests, "_TOGETHER", 3)
    monkeypatch.setattr(report, "LINES", 7)
    keys = [f"key-{number}" for number in range(40)]
    found = lines_of(Manifest=manifest(bucket, *keys))
    assert [line[1] for line in found] == keys


WRONG = {
    "too few fields": "bucket,a\nbucket\n",
    "too many fields": "bucket,a,b\n",
    "no key": "bucket,\n",
    "an open quote": 'bucket,"a\n',
    "no text": "bucket,\udcff\n",
    "a NUL": "bucket,\0\n",
    "a long line": f"bucket,{'a' * 20_000}\n",
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_manifest(s3, bucket, lists, failure, text):
    etag = s3.put_object(Bucket=lists, Key="m", Body=text.encode(errors="surrogateescape"))["ETag"]
    location = {"ObjectArn": "arn:aws:s3:::lists/m", "ETag": etag}
    given = {"Spec": {"Format": CSV, "Fields": ["Bucket", "Key"]}, "Location": location}
    assert failure(Manifest=given) == (
        "InvalidManifestContent",
        "Reading the manifest caused parsing errors.",
    )


def test_an_empty_manifest(s3, lists, failure):
    assert failure(Manifest=manifest_of(s3, lists, "", ["Bucket", "Key"]))[0] == "EmptyManifest"


def test_the_etag_of_a_manifest(s3, bucket, manifest, failure):
    given = manifest(bucket, "a")
    manifest(bucket, "b")  # written over the first
    code, reason = failure(Manifest=given)
    assert code == "ManifestNotFound"
    assert given["Location"]["ETag"].strip('"') in reason


def test_an_earlier_version_of_a_manifest(s3, bucket, lists, manifest, lines_of):
    s3.put_bucket_versioning(Bucket=lists, VersioningConfiguration={"Status": "Enabled"})
    given = manifest(bucket, "a")
    version = s3.head_object(Bucket=lists, Key="manifest.csv")["VersionId"]
    manifest(bucket, "b")
    given["Location"]["ObjectVersionId"] = version
    assert lines_of(Manifest=given) == [[bucket, "a", ""]]


def test_a_manifest_that_is_not_there(bucket, manifest, failure):
    given = manifest(bucket, "a")
    given["Location"]["ObjectArn"] += "x"
    assert failure(Manifest=given)[0] == "ManifestNotFound"


def test_a_manifest_that_the_role_may_not_read(client, bucket, manifest, failure):
    narrow = role(client, TRUST, allow("s3:PutObject"), name="narrow")
    code, reason = failure(Manifest=manifest(bucket, "a"), RoleArn=narrow)
    assert (code, reason) == (
        "ManifestNotReadable",
        "Error reading the manifest. Caused by: AccessDenied. ErrorCode: 403",
    )


def test_a_manifest_in_csv_that_kms_encrypts(client, s3, bucket, lists, manifest, failure):
    """ "S3 Batch Operations does not support CSV manifest files that are AWS KMS-encrypted" """
    given = manifest(bucket, "a")
    made = s3.put_object(Bucket=lists, Key="m", Body=b"bucket,a\n", ServerSideEncryption="aws:kms")
    given["Location"] = {"ObjectArn": "arn:aws:s3:::lists/m", "ETag": made["ETag"]}
    assert failure(Manifest=given)[0] == "InvalidManifest"


def test_copies_are_of_one_bucket(s3, bucket, lists, failure):
    given = manifest_of(s3, lists, "bucket,a\nlists,b\n", ["Bucket", "Key"])
    assert (
        failure({"S3PutObjectCopy": {"TargetResource": "arn:aws:s3:::lists"}}, Manifest=given)[0]
        == "InvalidManifest"
    )


# inventory reports -----------------------------------------------------------------------------------------------


def inventory(s3, *files, schema="Bucket, Key", form="CSV", **more):
    """A report as the manifest of a job."""
    told = []
    for number, rows in enumerate(files):
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
        packed = gzip.compress(text.getvalue().encode())
        s3.put_object(Bucket="lists", Key=f"data/{number}.csv.gz", Body=packed)
        told.append({"key": f"data/{number}.csv.gz", "MD5checksum": hashlib.md5(packed).hexdigest()})
    said = {
        "fileFormat": form,
        "fileSchema": schema,
        "destinationBucket": "arn:aws:s3:::lists",
        "files": told,
    }
    return as_inventory(s3, json.dumps({**said, **more}).encode())


def as_inventory(s3, text):
    etag = s3.put_object(Bucket="lists", Key="manifest.json", Body=text)["ETag"]
    location = {"ObjectArn": "arn:aws:s3:::lists/manifest.json", "ETag": etag}
    return {"Spec": {"Format": "S3InventoryReport_CSV_20161130"}, "Location": location}


def test_an_inventory_report(s3, bucket, lists, lines_of, monkeypatch):
    monkeypatch.setattr(reading, "PIECE", 64)
    monkeypatch.setattr(reading.piece, "__defaults__", (64,))
    first = [[bucket, f"a%20{number}", "x"] for number in range(30)]
    given = inventory(s3, first, [[bucket, "b", "y"]], schema="Bucket, Key, Size")
    found = lines_of(Manifest=given)
    assert found == [[bucket, row[1], ""] for row in first] + [[bucket, "b", ""]]


def test_a_report_that_this_platform_wrote(s3, versioned, lists, controllers, clock, lines_of):
    s3.create_bucket(Bucket="reports")
    principal = {"Service": "s3.amazonaws.com"}
    lets_in = {**allow("s3:PutObject", "arn:aws:s3:::reports/*"), "Principal": principal}
    s3.put_bucket_policy(Bucket="reports", Policy=policy(lets_in))
    versions = [s3.put_object(Bucket=versioned, Key="a b", Body=b"1")["VersionId"] for _ in range(2)]
    to = {"Bucket": "arn:aws:s3:::reports", "Format": "CSV"}
    wanted = {
        "Id": "list",
        "IsEnabled": True,
        "IncludedObjectVersions": "All",
        "Schedule": {"Frequency": "Daily"},
        "Destination": {"S3BucketDestination": to},
    }
    s3.put_bucket_inventory_configuration(Bucket=versioned, Id="list", InventoryConfiguration=wanted)
    for _ in range(5):
        controllers.once()
        clock.advance(11)
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="reports")["Contents"]]
    (key,) = [key for key in keys if key.endswith("manifest.json")]
    etag = s3.head_object(Bucket="reports", Key=key)["ETag"]
    location = {"ObjectArn": f"arn:aws:s3:::reports/{key}", "ETag": etag}
    given = {"Spec": {"Format": "S3InventoryReport_CSV_20161130"}, "Location": location}
    assert lines_of(Manifest=given) == [[versioned, "a%20b", version] for version in reversed(versions)]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"form": "Parquet"}, "InvalidManifest"),
        ({"schema": "Bucket, Size"}, "InvalidManifest"),
        ({"files": "nothing"}, "InvalidManifestContent"),
        ({"files": [{"key": 1}]}, "InvalidManifest"),
    ],
)
def test_reports_that_are_no_lists(s3, bucket, lists, failure, more, code):
    assert failure(Manifest=inventory(s3, [[bucket, "a"]], **more))[0] == code


def test_a_report_that_is_no_json(s3, lists, failure):
    assert failure(Manifest=as_inventory(s3, b"{"))[0] == "InvalidManifestContent"


def test_a_file_of_a_report_that_was_changed(s3, bucket, lists, failure):
    given = inventory(s3, [[bucket, "a"]])
    s3.put_object(Bucket="lists", Key="data/0.csv.gz", Body=gzip.compress(b"bucket,other\n"))
    assert failure(Manifest=given)[0] == "InvalidManifestContent"
    s3.put_object(Bucket="lists", Key="data/0.csv.gz", Body=b"not gzip")
    assert failure(Manifest=given)[0] == "InvalidManifestContent"
    s3.delete_object(Bucket="lists", Key="data/0.csv.gz")
    assert failure(Manifest=given)[0] == "ManifestNotFound"


# generated lists -------------------------------------------------------------------------------------------------


def generator(bucket="bucket", **more):
    wanted = {"SourceBucket": f"arn:aws:s3:::{bucket}", "EnableManifestOutput": False, **more}
    return {"ManifestGenerator": {"S3JobManifestGenerator": wanted}}


def test_all_of_a_bucket(s3, bucket, lists, lines_of, monkeypatch):
    monkeypatch.setattr(generated, "_BATCH", 3)
    keys = [f"k {number}" for number in range(10)]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key)
    assert lines_of(**generator()) == [[bucket, key.replace(" ", "%20"), ""] for key in keys]


def test_the_current_versions_of_a_bucket(s3, versioned, lists, lines_of):
    s3.put_object(Bucket=versioned, Key="a")
    current = s3.put_object(Bucket=versioned, Key="a")["VersionId"]
    s3.put_object(Bucket=versioned, Key="b")
    s3.delete_object(Bucket=versioned, Key="b")
    assert lines_of(**generator()) == [[versioned, "a", current]]


FILTERS = {
    "prefix": ({"KeyNameConstraint": {"MatchAnyPrefix": ["in/", "x"]}}, {"in/small.txt", "in/large.csv"}),
    "suffix": ({"KeyNameConstraint": {"MatchAnySuffix": [".csv", ".gz"]}}, {"in/large.csv", "out/cold.csv"}),
    "part": ({"KeyNameConstraint": {"MatchAnySubstring": ["mal", "ol"]}}, {"in/small.txt", "out/cold.csv"}),
    "all of a name": (
        {"KeyNameConstraint": {"MatchAnyPrefix": ["in/"], "MatchAnySuffix": [".csv"]}},
        {"in/large.csv"},
    ),
    "larger": ({"ObjectSizeGreaterThanBytes": 1}, {"in/large.csv"}),
    "smaller": ({"ObjectSizeLessThanBytes": 2}, {"in/small.txt", "out/cold.csv"}),
    "class": ({"MatchAnyStorageClass": ["GLACIER", "STANDARD_IA"]}, {"out/cold.csv"}),
    "after": ({"CreatedAfter": "2020-01-01"}, {"in/small.txt", "in/large.csv", "out/cold.csv"}),
    "SSE-S3": ({"MatchAnyObjectEncryption": [{"SSES3": {}}]}, {"in/small.txt", "out/cold.csv"}),
    "SSE-KMS": ({"MatchAnyObjectEncryption": [{"SSEKMS": {}}]}, {"in/large.csv"}),
    "SSE-KMS with a bucket key": ({"MatchAnyObjectEncryption": [{"SSEKMS": {"BucketKeyEnabled": False}}]}, {"in/large.csv"}),
    "not replicated": (
        {"ObjectReplicationStatuses": ["NONE"]},
        {"in/small.txt", "in/large.csv", "out/cold.csv"},
    ),
}  # fmt: skip
NOTHING = {
    "before": {"CreatedBefore": "2020-01-01"},
    "DSSE": {"MatchAnyObjectEncryption": [{"DSSEKMS": {}}]},
    "SSE-C": {"MatchAnyObjectEncryption": [{"SSEC": {}}]},
    "in the clear": {"MatchAnyObjectEncryption": [{"NOTSSE": {}}]},
    "another key": {
        "MatchAnyObjectEncryption": [
            {
                "SSEKMS": {
                    "KmsKeyArn": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
                }
            }
        ]
    },
    "replicated": {"ObjectReplicationStatuses": ["COMPLETED", "FAILED", "REPLICA"]},
    "eligible": {"EligibleForReplication": True},
}


@pytest.fixture
def three(s3, bucket, lists):
    s3.put_object(Bucket=bucket, Key="in/small.txt", Body=b"1")
    s3.put_object(Bucket=bucket, Key="in/large.csv", Body=b"12345", ServerSideEncryption="aws:kms")
    s3.put_object(Bucket=bucket, Key="out/cold.csv", Body=b"1", StorageClass="GLACIER")


@pytest.mark.parametrize(("wanted", "keys"), FILTERS.values(), ids=FILTERS.keys())
def test_filters(three, lines_of, wanted, keys):
    assert {line[1] for line in lines_of(**generator(Filter=wanted))} == keys


@pytest.mark.parametrize("wanted", NOTHING.values(), ids=NOTHING.keys())
def test_filters_that_match_nothing(three, failure, wanted):
    assert failure(**generator(Filter=wanted))[0] == "EmptyManifest"


def test_a_list_that_is_written(client, s3, three, create, work, described, lines_of, monkeypatch):
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    to = {
        "Bucket": "arn:aws:s3:::lists",
        "ManifestPrefix": "made",
        "ManifestFormat": "S3InventoryReport_CSV_20211130",
        "ManifestEncryption": {"SSEKMS": {"KeyId": key}},
        "ExpectedManifestBucketOwner": ACCOUNT,
    }
    job = create(UNTAG, **generator(EnableManifestOutput=True, ManifestOutputLocation=to))
    work()
    made = described(job)["GeneratedManifestDescriptor"]
    assert made["Format"] == "S3InventoryReport_CSV_20211130"
    place = made["Location"]["ObjectArn"].removeprefix("arn:aws:s3:::lists/")
    assert place == f"made/job-{job}/manifest.json"
    said = json.loads(body(s3, place))
    assert said["sourceBucket"] == "bucket"
    assert s3.head_object(Bucket="lists", Key=said["files"][0]["key"])["SSEKMSKeyId"] == key
    again = {"Spec": {"Format": "S3InventoryReport_CSV_20161130"}, "Location": made["Location"]}
    assert [line[1] for line in lines_of(Manifest=again)] == ["in/large.csv", "in/small.txt", "out/cold.csv"]


REFUSED = {
    "another owner": {"ExpectedBucketOwner": OTHER},
    "no bucket": {"bucket": "none"},
}


@pytest.mark.parametrize("more", REFUSED.values(), ids=REFUSED.keys())
def test_buckets_that_cannot_be_listed(three, failure, more):
    assert failure(**generator(**more))[0] == "ManifestGenerationFailed"


def test_a_bucket_of_another_account(stranger, lists, failure):
    stranger.create_bucket(Bucket="theirs")
    stranger.put_object(Bucket="theirs", Key="a")
    code, reason = failure(**generator("theirs"))
    assert (code, "AccessDenied" in reason) == ("ManifestGenerationFailed", True)


def test_a_role_that_may_not_list(client, three, failure):
    narrow = role(client, TRUST, allow(["s3:PutObject", "s3:ListBucket"]), name="narrow")
    code, reason = failure(**generator(), RoleArn=narrow)
    assert (code, "s3:PutInventoryConfiguration" in reason) == ("ManifestGenerationFailed", True)


def test_a_file_that_swells(s3, bucket, lists, failure, monkeypatch):
    """A megabyte of gzip may be a terabyte of text: what is read in one step has a bound."""
    monkeypatch.setattr(reading, "LARGEST", 1000)
    assert failure(Manifest=inventory(s3, [[bucket, "a"]] * 200)) == (
        "InvalidManifest",
        "A file of the inventory report is too large.",
    )
