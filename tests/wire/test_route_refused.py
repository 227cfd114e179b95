"""Requests that name no operation that is here: what they are told, and in whose protocol."""

from __future__ import annotations

import pytest

from clary.kernel import AwsError
from clary.wire import Request
from tests.wire.routing import FORM, ROUTER, match, signed


@pytest.mark.parametrize("target", ["SageMaker.NoSuchOperation", "Nobody.CreateTrainingJob", "", "SageMaker"])
def test_an_unknown_target(target: str) -> None:
    with pytest.raises(AwsError) as caught:
        match(Request("POST", "/", "", signed("sagemaker", x_amz_target=target)))
    assert caught.value.code == "UnknownOperationException"


@pytest.mark.parametrize(
    "path", ["/service/X/operation/Y", "/", "/service/GraniteServiceVersion20100801/operation/No"]
)
def test_an_unknown_rpc_operation(path: str) -> None:
    with pytest.raises(AwsError, match="UnknownOperationException"):
        match(Request("POST", path, "", signed("monitoring", smithy_protocol="rpc-v2-cbor")))


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {"x_amz_target": "GraniteServiceVersion20100801.ListMetrics"}),
        ("GET", {"smithy_protocol": "rpc-v2-cbor"}),
        ("POST", {"smithy_protocol": "rpc-v9-cbor"}),
    ],
)
def test_calls_are_posts_in_a_protocol_that_there_is(method: str, headers: dict[str, str]) -> None:
    """https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html and .../aws/protocols/aws-json-1_0-protocol.html:
    requests are POSTs; `smithy-protocol` is `rpc-v2-cbor`."""
    path = "/service/GraniteServiceVersion20100801/operation/ListMetrics"
    with pytest.raises(AwsError, match="UnknownOperationException"):
        match(Request(method, path, "", signed("monitoring", **headers)))


@pytest.mark.parametrize(("service", "code"), [("monitoring", "MissingAction"), ("logs", "UnknownOperation")])
def test_a_request_that_names_no_operation_is_not_for_a_service_that_is_missing(
    service: str, code: str
) -> None:
    with pytest.raises(AwsError, match=code):
        match(Request("POST", "/", "", signed(service, content_type="text/plain"), b"{}"))
    with pytest.raises(AwsError, match="UnknownOperationException"):
        match(Request("POST", "/", "", signed(service, content_type="application/x-amz-json-1.0")))


def test_a_path_of_another_service_of_the_family_is_refused_by_name() -> None:
    with pytest.raises(AwsError, match="sagemaker-a2i-runtime:ListHumanLoops") as caught:
        match(Request("GET", "/human-loops", "", signed("sagemaker")))
    assert (caught.value.code, caught.value.status) == ("NotImplemented", 501)
    with pytest.raises(AwsError, match="GET /nowhere of the service sagemaker"):
        match(Request("GET", "/nowhere", "", signed("sagemaker")))


@pytest.mark.parametrize(
    "request_of_a_stranger",
    [
        Request("POST", "/", "", signed("athena", x_amz_target="AmazonAthena.ListWorkGroups")),
        Request("POST", "/service/X/operation/Y", "", signed("athena", smithy_protocol="rpc-v2-cbor")),
        Request("GET", "/2015-03-31/functions", "", signed("athena")),
        Request(
            "POST",
            "/",
            "",
            signed("athena", content_type="application/x-www-form-urlencoded"),
            b"Action=ListTopics&Version=2010-03-31",
        ),
    ],
    ids=["json", "cbor", "rest", "query"],
)
def test_a_service_that_is_not_here_is_refused_by_name(request_of_a_stranger: Request) -> None:
    with pytest.raises(AwsError, match=r"Clary does not implement (athena:|the service athena)") as caught:
        match(request_of_a_stranger)
    assert (caught.value.code, caught.value.status) == ("NotImplemented", 501)


@pytest.mark.parametrize(
    ("request_", "content_type", "text"),
    [
        (
            Request("POST", "/", "", signed("sagemaker", x_amz_target="SageMaker.X")),
            "application/x-amz-json-1.1",
            '{"__type":"Oops","message":"why"}',
        ),
        (
            Request("POST", "/", "", signed("sts", content_type=FORM)),
            "text/xml",
            "<Error><Type>Sender</Type><Code>Oops</Code><Message>why</Message></Error>",
        ),
        (
            Request("POST", "/", "", signed("ec2", content_type=FORM)),
            "text/xml",
            "<Response><Errors><Error><Code>Oops</Code>",
        ),
        (
            Request("GET", "/b/k"),
            "application/xml",
            "<Error><Code>Oops</Code><Message>why</Message><RequestId>r",
        ),
        (Request("GET", "/x", "", signed("lambda")), "application/json", '{"message":"why"}'),
        (Request("GET", "/x", "", signed("nobody")), "application/xml", "<Code>Oops</Code>"),
        (Request("POST", "/", "", signed("monitoring")), "text/xml", "<Code>Oops</Code>"),
        (
            Request("POST", "/", "", signed("monitoring", content_type="application/x-amz-json-1.0")),
            "application/x-amz-json-1.0",
            '{"__type":"Oops","message":"why"}',
        ),
        (
            Request("POST", "/", "", signed("monitoring", content_type="application/cbor")),
            "application/cbor",
            "Oops",
        ),
    ],
)
def test_an_error_without_a_match_is_said_in_the_request_s_protocol(
    request_: Request, content_type: str, text: str
) -> None:
    response = ROUTER.error_without_match(request_, AwsError("Oops", "why"), "request-id")
    assert dict(response.headers)["content-type"] == content_type
    assert isinstance(response.body, bytes)
    assert text in response.body.decode(errors="replace")


def test_a_head_is_answered_without_a_body() -> None:
    response = ROUTER.error_without_match(Request("HEAD", "/b/k"), AwsError("NoSuchKey", "x", 404), "r")
    assert (response.status, response.body) == (404, b"")
