"""Requests that cannot be read, and the corners of those that can. Sentences: AWS's SerializationException, as its
clients report it; S3: recorded/s3."""

from __future__ import annotations

import gzip
import tracemalloc
from typing import Any
from urllib.parse import quote

import cbor2
import pytest

from clary.kernel import AwsError
from clary.wire import Request, Router, load
from tests.wire.shapes import signed_for

ROUTER = Router(
    [load(n) for n in ("s3", "sagemaker", "sagemaker-runtime", "lambda", "sts", "iam", "cloudwatch", "sqs")]
)


def signed(service: str, **headers: str) -> dict[str, str]:
    said = f"AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/{service}/aws4_request, Signature=0"
    return {"authorization": said, **{name.replace("_", "-"): value for name, value in headers.items()}}


def parsed(request: Request) -> dict[str, Any]:
    return ROUTER.match(request, signed_for(request)).parse(request)


def create_training_job(body: bytes) -> Request:
    return Request("POST", "/", "", signed("sagemaker", x_amz_target="SageMaker.CreateTrainingJob"), body)


def put_metric_data(body: bytes, **headers: str) -> Request:
    target = "GraniteServiceVersion20100801.PutMetricData"
    return Request("POST", "/", "", signed("monitoring", x_amz_target=target, **headers), body)


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


# ----------------------------------------------------------------------------------------------------------- XML


def delete_objects(body: bytes) -> Request:
    return Request("POST", "/b", "delete", signed("s3"), body)


def test_xml_with_and_without_a_namespace() -> None:
    expected = {"Objects": [{"Key": "a & b"}, {"Key": "c", "VersionId": "1"}], "Quiet": True}
    inside = b"<Object><Key>a &amp; b</Key></Object><Quiet>true</Quiet><Object><Key>c</Key><VersionId>1</VersionId></Object>"
    for opening in (b"<Delete>", b'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'):
        assert parsed(delete_objects(opening + inside + b"</Delete>"))["Delete"] == expected
    prefixed = b'<x:Delete xmlns:x="u"><x:Object><x:Key>k</x:Key></x:Object></x:Delete>'
    assert parsed(delete_objects(prefixed))["Delete"] == {"Objects": [{"Key": "k"}]}


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b"<Delete><Object>",
        b"<Delete><Quiet>perhaps</Quiet></Delete>",
        b"<Delete><Object><Key><b/></Key></Object></Delete>",
        b'<!DOCTYPE d [<!ENTITY a "b">]><Delete><Object><Key>&a;</Key></Object></Delete>',
        b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><Delete/>',
        b"<Delete>&undefined;</Delete>",
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE d [<!ENTITY a "b">]><Delete/>'.encode("utf-16"),
        '<!DOCTYPE d [<!ENTITY a "b">]><Delete/>'.encode("utf-16-be"),
        '<?xml version="1.0" encoding="cp037"?><!DOCTYPE d [<!ENTITY a "b">]><Delete/>'.encode("cp037"),
        b"<Delete><Object><Key>a\0</Key></Object></Delete>",
        b"\xff\xfe",
    ],
)
def test_xml_that_is_refused(body: bytes) -> None:
    # recorded/s3: MalformedXML
    with pytest.raises(AwsError) as caught:
        parsed(delete_objects(body))
    assert caught.value.code == "MalformedXML"
    assert (
        caught.value.message
        == "The XML you provided was not well-formed or did not validate against our published schema"
    )


def test_xml_that_is_deep_does_no_harm() -> None:
    deep = b"<a>" * 75_000 + b"</a>" * 75_000
    assert parsed(delete_objects(b"<Delete>" + deep + b"</Delete>"))["Delete"] == {}


def test_xml_of_too_many_elements_is_refused_before_any_is_made() -> None:
    with pytest.raises(AwsError) as caught:
        parsed(delete_objects(b"<Delete>" + b"<a/>" * 200_000 + b"</Delete>"))
    assert caught.value.code == "MalformedXML"


def test_attributes_of_elements() -> None:
    body = (
        b'<AccessControlPolicy><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        b'xsi:type="CanonicalUser"><ID>x</ID></Grantee><Permission>READ</Permission></Grant></AccessControlList>'
        b"</AccessControlPolicy>"
    )
    found = parsed(Request("PUT", "/b", "acl", signed("s3"), body))
    assert found["AccessControlPolicy"]["Grants"][0]["Grantee"] == {"Type": "CanonicalUser", "ID": "x"}


# --------------------------------------------------------------------------------------------------------- Query


def query_request(service: str, body: str) -> Request:
    form = signed(service, content_type="application/x-www-form-urlencoded")
    return Request("POST", "/", "", form, body.encode())


def test_lists_maps_and_structures_in_a_form() -> None:
    found = parsed(
        query_request(
            "iam",
            "Action=CreateRole&Version=2010-05-08&RoleName=r+1&AssumeRolePolicyDocument=%7B%7D&MaxSessionDuration=3600"
            "&Tags.member.2.Key=b&Tags.member.1.Key=a&Tags.member.1.Value=1&Tags.member.10.Key=c",
        )
    )
    assert found == {
        "RoleName": "r 1",
        "AssumeRolePolicyDocument": "{}",
        "MaxSessionDuration": 3600,
        "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b"}, {"Key": "c"}],
    }


def test_parameters_may_be_in_the_query_string() -> None:
    request = Request("GET", "/", "Action=GetUser&Version=2010-05-08&UserName=u", signed("iam"))
    assert parsed(request) == {"UserName": "u"}


@pytest.mark.parametrize(
    "form",
    [
        "Action=CreateRole&Version=2010-05-08&MaxSessionDuration=long",
        "Action=CreateRole&Version=2010-05-08&MaxSessionDuration=36_00",
        "Action=CreateRole&Version=2010-05-08&MaxSessionDuration=2147483648",
        "Action=CreateRole&Version=2010-05-08&RoleName.a=b",
        "Action=CreateRole&Version=2010-05-08&" + ".".join("a" * 500) + "=b",
    ],
)
def test_a_form_that_is_refused(form: str) -> None:
    with pytest.raises(AwsError) as caught:
        parsed(query_request("iam", form))
    assert caught.value.code in ("MalformedInput", "MalformedQueryString")


@pytest.mark.parametrize("place", ["9" * 5000, "-1", "x", "٣"])
def test_what_is_no_place_in_a_list_is_passed_over(place: str) -> None:
    form = f"Action=CreateRole&Version=2010-05-08&Tags.member.{quote(place)}.Key=a&Tags.member.7.Key=b"
    assert parsed(query_request("iam", form)) == {"Tags": [{"Key": "b"}]}


@pytest.mark.parametrize("value", ["1_0", "inf", "nan", "infinity", "1e", "."])
def test_a_float_that_is_none(value: str) -> None:
    form = f"Action=PutMetricData&Version=2010-08-01&MetricData.member.1.Value={value}"
    with pytest.raises(AwsError, match="MalformedInput"):
        parsed(query_request("monitoring", form))


# ---------------------------------------------------------------------------------------------------------- CBOR


def cbor_request(body: bytes) -> Request:
    path = "/service/GraniteServiceVersion20100801/operation/PutMetricData"
    return Request("POST", path, "", signed("monitoring", smithy_protocol="rpc-v2-cbor"), body)


def test_cbor() -> None:
    moment = cbor2.CBORTag(1, 1_700_000_000.5)
    body = cbor2.dumps(
        {"Namespace": "n", "MetricData": [{"MetricName": "m", "Timestamp": moment, "Value": 1.5}]}
    )
    assert parsed(cbor_request(body))["MetricData"] == [
        {"MetricName": "m", "Timestamp": 1_700_000_000.5, "Value": 1.5}
    ]


@pytest.mark.parametrize(
    "tagged",
    [
        cbor2.CBORTag(0, "2026-01-01T00:00:00Z"),
        cbor2.CBORTag(4, [-2, 5]),
        cbor2.CBORTag(30, [1, 3]),
        cbor2.CBORTag(35, "(a+)+b"),
        cbor2.CBORTag(36, "a: b"),
        cbor2.CBORTag(37, b"0123456789abcdef"),
        cbor2.CBORTag(258, [1]),
    ],
)
def test_cbor_that_the_protocol_does_not_use_is_refused(tagged: cbor2.CBORTag) -> None:
    # https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html: timestamps have tag 1, integers 2 and 3
    with pytest.raises(AwsError) as caught:
        parsed(cbor_request(cbor2.dumps({"Namespace": "n", "Unknown": tagged})))
    assert caught.value.code == "SerializationException"


def test_cbor_maps_have_text_for_keys() -> None:
    colliding = {number * (2**61 - 1): 0 for number in range(1, 1000)}  # all of one hash
    with pytest.raises(AwsError) as caught:
        parsed(cbor_request(cbor2.dumps({"Unknown": colliding})))
    assert caught.value.code == "SerializationException"


def test_cbor_that_is_too_large_is_refused() -> None:
    with pytest.raises(AwsError) as caught:
        parsed(cbor_request(b"\x9a" + (3 << 20).to_bytes(4, "big") + b"\xa0" * (3 << 20)))
    assert (caught.value.code, caught.value.status) == ("RequestEntityTooLarge", 413)


@pytest.mark.parametrize(
    "body", [b"\xff", b"\xa1", b"\x9f" * 100_000, cbor2.dumps({"Namespace": 5}), cbor2.dumps([])]
)
def test_cbor_that_is_refused(body: bytes) -> None:
    with pytest.raises(AwsError, match="SerializationException"):
        parsed(cbor_request(body))


@pytest.mark.parametrize("number", [2**70, -(2**70)], ids=["large", "small"])
def test_a_large_integer_is_a_float_where_a_float_is_wanted(number: int) -> None:
    """Smithy's Double: nothing beyond the protocol's parser has to do with integers of any size."""
    body = cbor2.dumps({"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": number}]})
    value = parsed(cbor_request(body))["MetricData"][0]["Value"]
    assert (type(value), value) == (float, float(number))


@pytest.mark.parametrize(
    ("member", "value", "sentence"),
    [
        ("Value", 10**400, "NUMBER_VALUE cannot be converted to Double"),
        ("Timestamp", 10**30, "NUMBER_VALUE cannot be converted to Timestamp"),
        ("Timestamp", float("nan"), "NUMBER_VALUE cannot be converted to Timestamp"),
        ("Timestamp", float("inf"), "NUMBER_VALUE cannot be converted to Timestamp"),
    ],
)
def test_what_no_float_and_no_moment_can_hold(member: str, value: Any, sentence: str) -> None:
    body = cbor2.dumps({"Namespace": "n", "MetricData": [{"MetricName": "m", member: value}]})
    with pytest.raises(AwsError, match=sentence):
        parsed(cbor_request(body))


def test_a_moment_beyond_all_time_is_none() -> None:
    with pytest.raises(AwsError, match="NUMBER_VALUE cannot be converted to Timestamp"):
        parsed(put_metric_data(b'{"MetricData": [{"MetricName": "m", "Timestamp": 1e300}]}'))
