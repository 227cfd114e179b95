"""Requests that cannot be read, and the corners of those that can: JSON and REST. Sentences: AWS's
SerializationException, as its services say it."""

from __future__ import annotations

import gzip
import tracemalloc
from typing import Any
from urllib.parse import quote

import pytest

from clary.kernel import AwsError
from clary.wire import Request
from tests.wire.parsing import parsed, put_metric_data, signed


def create_training_job(body: bytes) -> Request:
    return Request("POST", "/", "", signed("sagemaker", x_amz_target="SageMaker.CreateTrainingJob"), body)


# ---------------------------------------------------------------------------------------------------------- JSON


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"TrainingJobName": 5}', "NUMBER_VALUE cannot be converted to String"),
        (b'{"TrainingJobName": true}', "TRUE_VALUE cannot be converted to String"),
        (b'{"TrainingJobName": {}}', "Start of structure or map found where not expected"),
        (b'{"TrainingJobName": []}', "Start of list found where not expected"),
        (b'{"EnableNetworkIsolation": "yes"}', "STRING_VALUE cannot be converted to Boolean"),
        (b'{"ResourceConfig": {"InstanceCount": "1"}}', "STRING_VALUE cannot be converted to Integer"),
        (
            b'{"ResourceConfig": {"InstanceCount": 99999999999}}',
            "NUMBER_VALUE cannot be converted to Integer",
        ),
        (b'{"Tags": "a"}', "Expected list or null"),
        (b'{"ResourceConfig": "a"}', "Unexpected field type"),
        (b'{"HyperParameters": {"a": 1}}', "NUMBER_VALUE cannot be converted to String"),
        (b'{"TrainingJobName": ', "The request body is not well-formed JSON."),
        (b'{"TrainingJobName": "\xff"}', "The request body is not well-formed JSON."),
        (b"[]", "Start of list found where not expected"),
    ],
)
def test_json_of_the_wrong_type(body: bytes, sentence: str) -> None:
    with pytest.raises(AwsError) as caught:
        parsed(create_training_job(body))
    assert (caught.value.code, caught.value.status) == ("SerializationException", 400)
    assert caught.value.message == sentence


def test_json_that_is_nested_too_deeply() -> None:
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    with pytest.raises(AwsError, match="SerializationException"):
        parsed(create_training_job(deep))


def test_nulls_and_unknown_members_are_dropped() -> None:
    body = b'{"TrainingJobName": "a", "RoleArn": null, "Nonsense": {"a": 1}, "HyperParameters": {"a": "b", "c": null}}'
    assert parsed(create_training_job(body)) == {"TrainingJobName": "a", "HyperParameters": {"a": "b"}}


def test_an_empty_body_is_an_empty_object() -> None:
    assert parsed(create_training_job(b"")) == {}


def test_moments_come_as_seconds() -> None:
    target = signed("sagemaker", x_amz_target="SageMaker.ListTrainingJobs")
    for text in (b"1700000000.5", b'"2023-11-14T22:13:20.5Z"'):
        body = b'{"CreationTimeAfter": %s}' % text
        assert parsed(Request("POST", "/", "", target, body)) == {"CreationTimeAfter": 1_700_000_000.5}
    with pytest.raises(AwsError, match="STRING_VALUE cannot be converted to Timestamp"):
        parsed(Request("POST", "/", "", target, b'{"CreationTimeAfter": "soon"}'))


def test_blobs_are_base64() -> None:
    target = signed("sqs", x_amz_target="AmazonSQS.SendMessage")
    body = b'{"MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": "%s"}}}'
    found = parsed(Request("POST", "/", "", target, body % b"AAE="))
    assert found["MessageAttributes"]["a"]["BinaryValue"] == b"\0\1"
    with pytest.raises(AwsError, match="can not be converted to a Blob"):
        parsed(Request("POST", "/", "", target, body % b"A*="))


# ---------------------------------------------------------------------------------------------------------- gzip


def test_a_packed_body_is_unpacked() -> None:
    # clients.md 2.2: PutMetricData bodies over 10 KB come with Content-Encoding: gzip
    request = put_metric_data(gzip.compress(b'{"Namespace": "n"}'), content_encoding="gzip")
    assert parsed(request) == {"Namespace": "n"}
    shouted = put_metric_data(gzip.compress(b'{"Namespace": "n"}'), content_encoding="GZIP")
    assert parsed(shouted) == {"Namespace": "n"}  # RFC 9110, 8.4.1: codings are told in any case


@pytest.mark.parametrize(
    "body", [b"not gzip", gzip.compress(b'{"Namespace": "n"}')[:-5]], ids=["no gzip", "cut short"]
)
def test_a_body_that_is_not_what_its_encoding_says(body: bytes) -> None:
    with pytest.raises(AwsError, match="not valid gzip"):
        parsed(put_metric_data(body, content_encoding="gzip"))


def test_a_small_body_does_not_become_all_of_memory() -> None:
    packed = gzip.compress(b" " * (64 << 20))
    tracemalloc.start()
    with pytest.raises(AwsError) as caught:
        parsed(put_metric_data(packed, content_encoding="gzip"))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (caught.value.status, caught.value.code) == (413, "RequestEntityTooLargeException")
    assert most < 16 << 20


def test_a_payload_keeps_its_encoding() -> None:
    packed = gzip.compress(b"1,2")
    request = Request(
        "POST", "/endpoints/e/invocations", "", signed("sagemaker", content_encoding="gzip"), packed
    )
    assert parsed(request)["Body"] == packed


# ---------------------------------------------------------------------------------------------------------- REST


def test_invoke_endpoint() -> None:
    headers = signed("sagemaker", content_type="text/csv", x_amzn_sagemaker_target_variant="v")
    request = Request("POST", "/endpoints/my-endpoint/invocations", "", headers, b"1,2")
    assert parsed(request) == {
        "EndpointName": "my-endpoint",
        "ContentType": "text/csv",
        "TargetVariant": "v",
        "Body": b"1,2",
    }
    request.body = b""
    assert parsed(request)["Body"] == b""  # required, so it is there


def test_a_streaming_payload_is_handed_on() -> None:
    async def body() -> Any:
        yield b""

    stream = body()
    found = parsed(
        Request("PUT", "/b/k", "", signed("s3", x_amz_meta_color="red", x_amz_meta_a_b="c"), stream)
    )
    assert found.pop("Body") is stream
    assert found == {"Bucket": "b", "Key": "k", "Metadata": {"color": "red", "a-b": "c"}}


def test_a_presigned_url_may_have_headers_in_its_query() -> None:
    # recorded/s3, test_presigned_url_v4_x_amz_in_qs
    query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F20260101%2Fus-east-1%2Fs3%2Faws4_request"
    query += "&x-amz-meta-foo=bar&x-amz-storage-class=STANDARD&X-Amz-Security-Token=t"
    found = parsed(Request("PUT", "/b/k", query, {}, b"x"))
    assert found["Metadata"] == {"foo": "bar"}
    assert found["StorageClass"] == "STANDARD"


def test_numbers_and_booleans_in_the_query() -> None:
    found = parsed(Request("GET", "/b", "list-type=2&max-keys=5&fetch-owner=true", signed("s3")))
    assert found == {"Bucket": "b", "MaxKeys": 5, "FetchOwner": True}


def test_a_number_that_is_none() -> None:
    with pytest.raises(AwsError) as caught:
        parsed(Request("GET", "/b", "list-type=2&max-keys=many", signed("s3")))
    assert caught.value.code == "InvalidArgument"
    assert caught.value.members == {"ArgumentName": "max-keys", "ArgumentValue": "many"}
    with pytest.raises(AwsError, match="SerializationException"):
        parsed(Request("GET", "/2015-03-31/functions/", "MaxItems=many", signed("lambda")))


@pytest.mark.parametrize("number", ["1_0", "٣", "2147483648", "9" * 5000, "1.0", "0x10"])
def test_a_number_is_of_ascii_digits_and_32_bits(number: str) -> None:
    """Smithy's Integer is a signed integer of 32 bits; Python's `int` takes all of these but two."""
    with pytest.raises(AwsError) as caught:
        parsed(Request("GET", "/b", f"list-type=2&max-keys={quote(number)}", signed("s3")))
    assert caught.value.code == "InvalidArgument"


def test_what_belongs_elsewhere_does_not_come_in_by_the_body() -> None:
    body = b'{"FunctionName": "other", "Description": "d"}'
    found = parsed(Request("PUT", "/2015-03-31/functions/f/configuration", "", signed("lambda"), body))
    assert found == {"FunctionName": "f", "Description": "d"}


def test_json_of_too_many_elements_is_refused_before_any_is_made() -> None:
    with pytest.raises(AwsError) as caught:
        parsed(put_metric_data(b'{"MetricData":[' + b"{}," * 250_000 + b"{}]}"))
    assert caught.value.code == "SerializationException"
