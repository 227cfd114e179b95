"""SelectObjectContent through boto3: events, errors, encrypted objects, bounds. Oracle: SelectObjectContent
(https://docs.aws.amazon.com/AmazonS3/latest/API/API_SelectObjectContent.html) and "List of SELECT Object Content Error Codes"."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from botocore.exceptions import EventStreamError

from clary.services.s3.select import process
from tests.support.principals import ACCOUNT
from tests.support.waiting import until

CSV, JSON = {"CSV": {}}, {"JSON": {}}
HEADER = {"CSV": {"FileHeaderInfo": "USE"}}
PEOPLE = b"name,age\nJane,30\nBob,41\n"


@pytest.fixture
def select(s3, bucket):
    """`select(expression, body, ...)`: the events of a query over a new object."""

    def ask(expression="SELECT * FROM S3Object", body=PEOPLE, given=HEADER, out=CSV, client=s3, **more):
        if body is not None:
            s3.put_object(Bucket=bucket, Key="k", Body=body)
        answer = client.select_object_content(
            Bucket=bucket,
            Key="k",
            Expression=expression,
            **{"ExpressionType": "SQL", "InputSerialization": given, "OutputSerialization": out, **more},
        )
        return list(answer["Payload"])

    return ask


def payload(events):
    return b"".join(event["Records"]["Payload"] for event in events if "Records" in event)


def test_events(select):
    events = select(
        "SELECT s.name FROM S3Object s WHERE CAST(s.age AS INT) > 35", RequestProgress={"Enabled": True}
    )
    details = {"BytesScanned": 24, "BytesProcessed": 24, "BytesReturned": 4}
    assert events == [
        {"Records": {"Payload": b"Bob\n"}},
        {"Progress": {"Details": details}},
        {"Stats": {"Details": details}},
        {"End": {}},
    ]


def test_an_empty_object_has_no_records(select):
    """LocalStack's issue 10329: AWS answers with success."""
    events = select(body=b"", given={"CSV": {}})
    figures = {"BytesScanned": 0, "BytesProcessed": 0, "BytesReturned": 0}
    assert events == [{"Stats": {"Details": figures}}, {"End": {}}]


def test_nested_documents(select):
    """LocalStack's issue 8249: lines with structures inside are not an error."""
    body = b'{"a": {"b": [1, 2]}}\n{"a": {"b": []}}\n'
    events = select("SELECT s.a.b[1] AS x FROM S3Object s", body, {"JSON": {"Type": "LINES"}}, JSON)
    assert payload(events) == b'{"x":2}\n{}\n'


def test_large_objects_stream(select):
    body = b"".join(b"%d,%s\n" % (number, b"x" * 90) for number in range(20_000))
    events = select("SELECT s._1 FROM S3Object s", body, {"CSV": {}})
    assert payload(events) == b"".join(b"%d\n" % number for number in range(20_000))
    assert len([event for event in events if "Records" in event]) > 1
    found = select("SELECT * FROM S3Object s LIMIT 1", None, {"CSV": {}}, ScanRange={"Start": 1_000_000})
    assert payload(found).startswith(b"10")
    assert (
        payload(select("SELECT s._1 FROM S3Object s", None, {"CSV": {}}, ScanRange={"End": 100}))
        == b"19999\n"
    )


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"expression": "SELECT * FROM S3Object s WHERE s.x = 1"}, "MissingHeaders"),
        ({"expression": "SELECT * FROM S3Object s WHERE"}, "ParseExpectedExpression"),
        ({"expression": "SELECT * FROM S3Object" + " " * (256 << 10)}, "ExpressionTooLong"),
        ({"given": {}}, "MissingRequiredParameter"),
        ({"given": {"JSON": {}}}, "MissingRequiredParameter"),
        ({"out": {}}, "MissingRequiredParameter"),
        ({"given": {"CSV": {}, "JSON": {"Type": "LINES"}}}, "ObjectSerializationConflict"),
        ({"out": {"CSV": {}, "JSON": {}}}, "ObjectSerializationConflict"),
        ({"given": {"Parquet": {}, "CompressionType": "GZIP"}}, "InvalidCompressionFormat"),
        ({"given": {"CSV": {"FieldDelimiter": "abc"}}}, "InvalidRequestParameter"),
        ({"ScanRange": {}}, "InvalidScanRange"),
        ({"ScanRange": {"Start": 9, "End": 3}}, "InvalidScanRange"),
        ({"ScanRange": {"Start": 999}}, "InvalidScanRange"),
        ({"given": {"JSON": {"Type": "DOCUMENT"}}, "ScanRange": {"Start": 0}}, "UnsupportedScanRangeInput"),
        (
            {"given": {"CSV": {}, "CompressionType": "GZIP"}, "ScanRange": {"Start": 1}},
            "UnsupportedScanRangeInput",
        ),
        ({"given": {"CSV": {}, "CompressionType": "GZIP"}}, "TruncatedInput"),
    ],
)
def test_what_is_refused_before_there_is_an_event(select, refused, more, code):
    with refused(code, 400):
        select(**more)


def test_an_error_after_the_first_records_is_an_event(select):
    body = b"1\n" * 100_000 + b"x\n"
    with pytest.raises(EventStreamError, match="CastFailed"):
        select("SELECT CAST(s._1 AS INT) FROM S3Object s", body, {"CSV": {}})


def test_it_is_a_read_of_the_object(select, refused, s3, bucket, stranger, anonymous):
    with refused("NoSuchKey", 404):
        select(body=None)
    select()
    with refused("AccessDenied", 403):
        select(body=None, client=stranger)
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{bucket}/k",
            }
        ],
    }
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    assert payload(select(body=None, client=stranger))
    with refused("AccessDenied", 403):  # "does not support anonymous access"
        select(body=None, client=anonymous)
    with refused("AccessDenied", 403):
        select(body=None, ExpectedBucketOwner="999988887777")
    assert select(body=None, ExpectedBucketOwner=ACCOUNT)


def test_encrypted_objects(select, s3, bucket, client, refused):
    key = client("kms").create_key()["KeyMetadata"]["KeyId"]
    body = PEOPLE * 9000
    s3.put_object(Bucket=bucket, Key="k", Body=body, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert payload(select("SELECT COUNT(*) FROM S3Object", None, {"CSV": {}})) == b"27000\n"
    tail = select("SELECT * FROM S3Object", None, {"CSV": {}}, ScanRange={"Start": len(body) - 7})
    assert payload(tail) == b"Bob,41\n"
    client("kms").disable_key(KeyId=key)
    with refused("KMS.DisabledException", 400):
        select(body=None)


def test_objects_with_a_customers_key(select, s3, bucket, refused):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BlockedEncryptionTypes": {}}
    rule["BlockedEncryptionTypes"] = {"EncryptionType": ["NONE"]}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    secret = b"k" * 32
    own = {
        "SSECustomerAlgorithm": "AES256",
        "SSECustomerKey": base64.b64encode(secret).decode(),
        "SSECustomerKeyMD5": base64.b64encode(hashlib.md5(secret).digest()).decode(),
    }
    s3.put_object(Bucket=bucket, Key="k", Body=PEOPLE, **own)
    assert payload(select("SELECT s.name FROM S3Object s", None, **own)) == b"Jane\nBob\n"
    with refused("InvalidRequest", 400):
        select(body=None)


def test_archived_objects(select, s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=PEOPLE, StorageClass="GLACIER")
    with refused("UnsupportedStorageClass", 400):
        select(body=None)


def test_a_place_is_free_again_whatever_becomes_of_a_query(select, s3, bucket, refused):
    for _ in range(6):
        select()
        with refused("CastFailed", 400):
            select("SELECT CAST(s.name AS INT) FROM S3Object s", None)
    body = b"x,y\n" * 100_000
    s3.put_object(Bucket=bucket, Key="k", Body=body)
    ask = {"Bucket": bucket, "Key": "k", "Expression": "SELECT * FROM S3Object", "ExpressionType": "SQL"}
    events = s3.select_object_content(**ask, InputSerialization={"CSV": {}}, OutputSerialization=CSV)[
        "Payload"
    ]
    next(iter(events))
    events.close()
    until(lambda: not process._running.total())


def test_more_than_a_process_can_hold_is_busy(select, refused, monkeypatch):
    monkeypatch.setattr(process, "_MOST_OF_ACCOUNT", 0)
    with refused("Busy", 503):
        select()


def test_a_query_without_end_is_ended(select, refused, monkeypatch):
    """The kernel ends the process; nothing in it has to count."""
    monkeypatch.setattr("clary.services.s3.select.request.SECONDS", 1)
    body = (b"a" * 200 + b"b\n") * 5_000
    slow = " OR ".join(f"s._1 LIKE '%_{'a' * 30}_%{number}'" for number in range(400))
    with refused("ExternalEvalException", 400):
        select(f"SELECT COUNT(*) FROM S3Object s WHERE {slow}", body, {"CSV": {}})
