"""Responses: roots and headers that clients look at, and errors in each protocol's words."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import cbor2
import orjson
import pytest

from clary.kernel import AwsError
from clary.wire import FileSpan, Response, load
from clary.wire.exchange import Codec, Exchange


def exchange(service: str, operation: str, protocol: str | None = None) -> Exchange:
    model = load(service)
    return Exchange(Codec(model.operations[operation], protocol or model.protocols[0]), {})


def rendered(service: str, operation: str, result: dict[str, Any], protocol: str | None = None) -> Response:
    return exchange(service, operation, protocol).render(result, "request-id")


def text(response: Response) -> str:
    assert isinstance(response.body, bytes)
    return response.body.decode()


def refused(service: str, operation: str, error: AwsError, protocol: str | None = None) -> Response:
    return exchange(service, operation, protocol).render_error(error, "request-id")


# ---------------------------------------------------------------------------------------------------------- JSON


def test_json_drops_nulls_and_what_the_shape_lacks() -> None:
    result = {"EndpointName": "e", "FailureReason": None, "Secret": "x", "CreationTime": 1_700_000_000.1234}
    response = rendered("sagemaker", "DescribeEndpoint", result)
    assert orjson.loads(text(response)) == {"EndpointName": "e", "CreationTime": 1_700_000_000.123}
    assert dict(response.headers) == {
        "x-amzn-requestid": "request-id",
        "content-type": "application/x-amz-json-1.1",
    }


def test_moments_may_be_given_in_any_form() -> None:
    for moment in (
        1_700_000_000,
        1_700_000_000.0,
        datetime.fromtimestamp(1_700_000_000, UTC),
        "2023-11-14T22:13:20Z",
    ):
        assert (
            text(rendered("sagemaker", "DescribeEndpoint", {"CreationTime": moment}))
            == '{"CreationTime":1700000000}'
        )


def types(response: Response, protocol: str) -> dict[str, str]:
    """How the two members of an alarm are written."""
    assert isinstance(response.body, bytes)
    if protocol == "query":
        tree = ElementTree.fromstring(response.body)
        texts = {node.tag.rpartition("}")[2]: node.text or "" for node in tree.iter()}
        return {name: "float" if "." in texts[name] else "int" for name in ("Threshold", "Period")}
    loads = cbor2.loads if protocol == "smithy-rpc-v2-cbor" else orjson.loads
    [alarm] = loads(response.body)["MetricAlarms"]
    return {name: type(alarm[name]).__name__ for name in ("Threshold", "Period")}


@pytest.mark.parametrize("protocol", ["smithy-rpc-v2-cbor", "json", "query"])
@pytest.mark.parametrize(("double", "integer"), [(2, 60), (2.0, 60.0), (10**20, 60)])
def test_numbers_are_of_the_type_that_the_shape_names(protocol: str, double: float, integer: float) -> None:
    """Recorded: "Threshold": 2.0, "Period": 10 (test_breaching_alarm_actions), <Values> of 41.0 (the same in Query).
    faiscadev/fakecloud#2039: readers that are strict about types fail on 2 where a Double is declared."""
    result = {"MetricAlarms": [{"Threshold": double, "Period": integer}]}
    response = rendered("cloudwatch", "DescribeAlarms", result, protocol)
    assert types(response, protocol) == {"Threshold": "float", "Period": "int"}


def test_floats_that_json_lacks() -> None:
    points = {"MetricDataResults": [{"Values": [1.5, math.nan, math.inf, -math.inf]}]}
    said = orjson.loads(text(rendered("cloudwatch", "GetMetricData", points, "json")))
    assert said["MetricDataResults"][0]["Values"] == [1.5, "NaN", "Infinity", "-Infinity"]


def test_an_operation_without_output_has_no_body() -> None:
    assert rendered("sagemaker", "DeleteEndpoint", {}).body == b""
    assert exchange("sagemaker", "DeleteEndpoint").render(None, "r").status == 200


# ------------------------------------------------------------------------------------------------------- REST-XML


@pytest.mark.parametrize(
    ("operation", "root"),
    [
        # S3 API Reference, "Response Syntax" of each operation
        ("ListBuckets", "ListAllMyBucketsResult"),
        ("ListObjectsV2", "ListBucketResult"),
        ("ListObjectVersions", "ListVersionsResult"),
        ("CreateMultipartUpload", "InitiateMultipartUploadResult"),
        ("CompleteMultipartUpload", "CompleteMultipartUploadResult"),
        ("ListParts", "ListPartsResult"),
        ("DeleteObjects", "DeleteResult"),
        ("GetBucketVersioning", "VersioningConfiguration"),
        ("GetBucketTagging", "Tagging"),
        ("GetBucketAcl", "AccessControlPolicy"),
    ],
)
def test_the_roots_of_s3(operation: str, root: str) -> None:
    said = text(rendered("s3", operation, {}))
    assert said.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<' + root)
    assert f'<{root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></{root}>' in said


def test_a_bucket_s_location_is_the_text_of_the_root() -> None:
    namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
    said = text(rendered("s3", "GetBucketLocation", {"LocationConstraint": "eu-west-1"}))
    assert said.endswith(f"<LocationConstraint {namespace}>eu-west-1</LocationConstraint>")
    said = text(rendered("s3", "GetBucketLocation", {}))
    assert said.endswith(f"<LocationConstraint {namespace}></LocationConstraint>")


def test_text_is_escaped() -> None:
    said = text(rendered("s3", "ListObjectsV2", {"Contents": [{"Key": "<a&b>\r\"'"}]}))
    assert "<Contents><Key>&lt;a&amp;b&gt;&#xD;\"'</Key></Contents>" in said


def test_what_xml_cannot_say_is_a_reference_in_a_key_and_replaced_in_an_error() -> None:
    """https://www.w3.org/TR/xml/#charsets; S3's references: the user guide on object keys ("XML related object key
    constraints")."""
    said = text(rendered("s3", "ListObjectsV2", {"Contents": [{"Key": "a\x01\uffff\t"}]}))
    assert "<Key>a&#x1;&#xffff;\t</Key>" in said
    for service in ("iam", "s3"):
        operation = {"iam": "GetRole", "s3": "GetObject"}[service]
        error = AwsError("Oops", "no \x00 and no \ufffe", 400, {"Key": "\x0b"})
        root = ElementTree.fromstring(text(refused(service, operation, error)))
        assert [m.text for m in root.iter() if m.tag.endswith("Message")] == ["no \ufffd and no \ufffd"]


def test_s3_writes_moments_with_milliseconds_in_bodies_and_as_dates_in_headers() -> None:
    said = text(rendered("s3", "ListBuckets", {"Buckets": [{"Name": "b", "CreationDate": 1_700_000_000}]}))
    assert "<CreationDate>2023-11-14T22:13:20.000Z</CreationDate>" in said
    headers = dict(rendered("s3", "HeadObject", {"LastModified": 1_700_000_000.9}).headers)
    assert headers["last-modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"


def test_an_object_goes_out_as_it_is_given() -> None:
    span = FileSpan("/tmp/x", 5, 10)
    response = rendered(
        "s3",
        "GetObject",
        {"Body": span, "ContentType": "text/csv", "Metadata": {"Color": "röd", "Name": "日本"}},
    )
    assert response.body is span
    headers = dict(response.headers)
    assert headers["content-type"] == "text/csv"
    assert headers["x-amz-meta-color"] == "röd"  # which ISO-8859-1 has
    assert headers["x-amz-meta-name"] == "=?UTF-8?B?5pel5pys?="
    assert headers["x-amz-request-id"] == "request-id"
    assert len(headers["x-amz-id-2"]) == 76


def test_a_header_cannot_break_out() -> None:
    result = {"Body": b"", "CustomAttributes": "a\r\nset-cookie: x", "InvokedProductionVariant": "v\0w"}
    headers = dict(rendered("sagemaker-runtime", "InvokeEndpoint", result).headers)
    assert headers["x-amzn-sagemaker-custom-attributes"] == "a set-cookie: x"
    assert headers["x-amzn-invoked-production-variant"] == "v w"


def test_the_status_of_an_operation() -> None:
    response = rendered(
        "sagemaker-runtime", "InvokeEndpointAsync", {"InferenceId": "i", "OutputLocation": "s3://b/k"}
    )
    assert response.status == 202
    assert response.body == b'{"InferenceId":"i"}'
    assert dict(response.headers)["x-amzn-sagemaker-outputlocation"] == "s3://b/k"


def test_a_status_may_be_a_member() -> None:
    response = rendered("lambda", "Invoke", {"StatusCode": 202, "Payload": b"{}"})
    assert (response.status, response.body) == (202, b"{}")


# --------------------------------------------------------------------------------------------------------- Query


def test_query_wraps_its_result() -> None:
    said = text(rendered("sts", "GetCallerIdentity", {"Account": "123456789012"}))
    assert said == (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        "<Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>request-id</RequestId>"
        "</ResponseMetadata></GetCallerIdentityResponse>"
    )
    assert "Result>" not in text(rendered("iam", "DeleteUser", {}))


def test_ec2_has_its_request_id_within() -> None:
    said = text(rendered("ec2", "DescribeVpcs", {"Vpcs": [{"VpcId": "vpc-1"}]}))
    assert "<requestId>request-id</requestId><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>" in said


def test_cbor_carries_moments_with_a_tag() -> None:
    response = rendered(
        "cloudwatch", "GetMetricData", {"MetricDataResults": [{"Timestamps": [1_700_000_000]}]}
    )
    assert dict(response.headers)["smithy-protocol"] == "rpc-v2-cbor"
    found = cbor2.loads(response.body)  # type: ignore[arg-type]
    assert found["MetricDataResults"][0]["Timestamps"][0].timestamp() == 1_700_000_000


# -------------------------------------------------------------------------------------------------------- errors


def test_a_json_error() -> None:
    response = refused(
        "sagemaker", "DescribeEndpoint", AwsError("ValidationException", "Could not find endpoint.")
    )
    assert response.status == 400
    assert response.body == b'{"__type":"ValidationException","message":"Could not find endpoint."}'


def test_the_sentence_goes_by_the_shape_s_name_for_it() -> None:
    response = refused("sagemaker", "DescribeTrainingJob", AwsError("ResourceNotFound", "x"))
    assert orjson.loads(text(response)) == {"__type": "ResourceNotFound", "Message": "x"}


def test_a_rest_json_error_has_the_model_s_status_and_members() -> None:
    # contracts.md 10: ModelError is 424 with OriginalStatusCode, OriginalMessage, LogStreamArn
    members = {"OriginalStatusCode": 500, "OriginalMessage": "boom", "LogStreamArn": "arn", "Other": 1}
    response = refused(
        "sagemaker-runtime", "InvokeEndpoint", AwsError("ModelError", "Received 500", members=members)
    )
    assert response.status == 424
    assert dict(response.headers)["x-amzn-errortype"] == "ModelError"
    assert orjson.loads(text(response)) == {
        "OriginalStatusCode": 500,
        "OriginalMessage": "boom",
        "LogStreamArn": "arn",
        "Message": "Received 500",
    }


def test_a_status_that_is_given_stays() -> None:
    assert refused("sagemaker-runtime", "InvokeEndpoint", AwsError("ModelError", "x", 503)).status == 503


def test_query_compatible_services_tell_the_code_in_a_header() -> None:
    # recorded/sqs: Code AWS.SimpleQueueService.NonExistentQueue, QueryErrorCode QueueDoesNotExist, Type Sender
    error = AwsError("QueueDoesNotExist", "The specified queue does not exist.")
    response = refused("sqs", "GetQueueUrl", error)
    headers = dict(response.headers)
    assert headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"
    assert orjson.loads(text(response))["__type"] == "QueueDoesNotExist"
    assert "x-amzn-query-error" not in dict(refused("sagemaker", "DescribeEndpoint", error).headers)
    fault = refused("cloudwatch", "GetMetricData", AwsError("InternalServiceFault", "x", 500), "json")
    assert dict(fault.headers)["x-amzn-query-error"] == "InternalServiceError;Receiver"


def test_a_query_error_has_the_code_and_not_the_shape_s_name() -> None:
    for code in ("NoSuchEntityException", "NoSuchEntity"):
        response = refused("iam", "GetRole", AwsError(code, "The role with name x cannot be found."))
        assert response.status == 404
        assert text(response) == (
            '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>'
            "<Code>NoSuchEntity</Code><Message>The role with name x cannot be found.</Message></Error>"
            "<RequestId>request-id</RequestId></ErrorResponse>"
        )


def test_an_s3_error_stands_alone_with_all_its_members() -> None:
    response = refused(
        "s3", "GetObject", AwsError("NoSuchKey", "gone", members={"Key": "a<b", "Nothing": None})
    )
    assert response.status == 404
    said = text(response)
    assert (
        "<Error><Code>NoSuchKey</Code><Message>gone</Message><Key>a&lt;b</Key><RequestId>request-id</RequestId>"
        in said
    )
    assert "Nothing" not in said
    assert "<HostId>" in said


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        ("HeadObject", AwsError("NoSuchKey", "gone", 404)),
        ("GetObject", AwsError("NotModified", "", 304, headers={"etag": '"x"'})),
    ],
)
def test_errors_without_a_body(operation: str, error: AwsError) -> None:
    response = refused("s3", operation, error)
    assert (response.status, response.body) == (error.status, b"")
    assert "content-type" not in dict(response.headers)
    assert dict(response.headers).get("etag") == error.headers.get("etag")


def test_a_wrapped_rest_xml_error() -> None:
    said = text(refused("s3control", "GetAccessPoint", AwsError("NoSuchAccessPoint", "x", 404)))
    assert "<ErrorResponse" in said
    assert "<Code>NoSuchAccessPoint</Code><Message>x</Message></Error><RequestId>" in said


def test_a_cbor_error() -> None:
    response = refused("cloudwatch", "GetDashboard", AwsError("DashboardNotFoundError", "x"))
    assert response.status == 404
    assert cbor2.loads(response.body)["__type"].endswith("#DashboardNotFoundError")  # type: ignore[arg-type]
    assert dict(response.headers)["x-amzn-query-error"] == "ResourceNotFound;Sender"
