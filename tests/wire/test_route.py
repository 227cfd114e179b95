"""Which operation a request is for, as clients tell it."""

from __future__ import annotations

import pytest

from clary.kernel import AwsError
from clary.wire import Request, Router, load
from clary.wire.route import Misdirected
from tests.support import routers
from tests.wire.routing import FORM, found, match, signed


def test_a_target_names_the_operation() -> None:
    request = Request("POST", "/", "", signed("sagemaker", x_amz_target="SageMaker.DescribeEndpoint"))
    assert found(request) == "sagemaker:DescribeEndpoint"
    assert match(request).protocol == "json"


def test_services_that_share_a_signing_name_are_told_apart_by_target() -> None:
    streams = signed("dynamodb", x_amz_target="DynamoDBStreams_20120810.ListStreams")
    assert found(Request("POST", "/", "", streams)) == "dynamodbstreams:ListStreams"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/endpoints/e/invocations", "sagemaker-runtime:InvokeEndpoint"),
        ("POST", "/endpoints/e/async-invocations", "sagemaker-runtime:InvokeEndpointAsync"),
        (
            "POST",
            "/endpoints/e/invocations-response-stream",
            "sagemaker-runtime:InvokeEndpointWithResponseStream",
        ),
        ("PUT", "/FeatureGroup/g", "sagemaker-featurestore-runtime:PutRecord"),
        ("GET", "/FeatureGroup/g", "sagemaker-featurestore-runtime:GetRecord"),
        ("POST", "/BatchGetRecord", "sagemaker-featurestore-runtime:BatchGetRecord"),
        ("PUT", "/BatchPutMetrics", "sagemaker-metrics:BatchPutMetrics"),
    ],
)
def test_the_sagemaker_family_is_told_apart_by_path(method: str, path: str, expected: str) -> None:
    # clients.md 2.1
    assert found(Request(method, path, "", signed("sagemaker"))) == expected


def test_an_encoded_slash_stays_within_its_label() -> None:
    exchange = match(Request("POST", "/model/a%3Ab%2Fc/converse", "", signed("bedrock")))
    assert exchange.operation.name == "Converse"
    assert exchange.labels == {"modelId": "a:b/c"}


@pytest.mark.parametrize("at_end", ["", "/"])
def test_a_slash_at_the_end_says_nothing(at_end: str) -> None:
    assert (
        found(Request("GET", "/2015-03-31/functions" + at_end, "", signed("lambda")))
        == "lambda:ListFunctions"
    )


def test_an_action_in_the_body_or_the_query() -> None:
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    assert found(Request("POST", "/", "", signed("sts", content_type=FORM), body)) == "sts:GetCallerIdentity"
    request = Request("GET", "/", "Action=GetCallerIdentity&Version=2011-06-15", signed("sts"))
    assert found(request) == "sts:GetCallerIdentity"


def test_a_presigned_query_request() -> None:
    query = "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Credential=AK%2F20260101%2Fus-east-1%2Fsts%2Faws4_request"
    assert found(Request("GET", "/", query), "sts") == "sts:GetCallerIdentity"


def test_a_form_is_s3s_business_alone_where_s3_is_signed_for() -> None:
    form = {"content-type": FORM}
    body = b"Action=CreateUser&Version=2010-05-08"
    assert found(Request("POST", "/b/k", "uploads", form, body), "s3") == "s3:CreateMultipartUpload"
    assert found(Request("GET", "/", "Action=CreateUser&Version=2010-05-08"), "s3") == "s3:ListBuckets"
    with pytest.raises(AwsError, match="MethodNotAllowed"):
        found(Request("POST", "/", "", form, body), "s3")


@pytest.mark.parametrize(
    "headers", [{"x-amz-target": "SageMaker.ListModels"}, {"smithy-protocol": "rpc-v2-cbor"}]
)
def test_s3_speaks_rest_alone(headers: dict[str, str]) -> None:
    path = "/b/service/GraniteServiceVersion20100801/operation/PutMetricData"
    assert found(Request("PUT", path, "", headers), "s3") == "s3:PutObject"
    assert found(Request("PUT", path, "", headers)) == "s3:PutObject"


SCOPED = "Credential should be scoped to correct service: '{}'. "
TARGET = "SageMaker.ListModels"


# Sources: cllunsford/aws-signing-proxy#25 (REST-JSON) and aws/aws-sdk-php#732 (Query) for the sentence; the codes are those
# of each protocol's bad signatures.
@pytest.mark.parametrize(
    ("request_", "service", "status", "code", "sentence"),
    [
        (
            Request("POST", "/", "", {"x-amz-target": TARGET}),
            "logs",
            400,
            "InvalidSignatureException",
            "sagemaker",
        ),
        (
            Request("POST", "/", "", {"x-amz-target": TARGET}),
            "athena",
            400,
            "InvalidSignatureException",
            "sagemaker",
        ),
        (
            Request(
                "POST",
                "/service/GraniteServiceVersion20100801/operation/ListMetrics",
                "",
                {"smithy-protocol": "rpc-v2-cbor"},
            ),
            "sagemaker",
            400,
            "InvalidSignatureException",
            "monitoring",
        ),
        (
            Request("POST", "/", "", {"content-type": FORM}, b"Action=CreateUser&Version=2010-05-08"),
            "sts",
            403,
            "SignatureDoesNotMatch",
            "iam",
        ),
        (
            Request("GET", "/", "Action=CreateUser&Version=2010-05-08"),
            "monitoring",
            403,
            "SignatureDoesNotMatch",
            "iam",
        ),
        (Request("POST", "/endpoints/e/invocations"), "sts", 403, "InvalidSignatureException", "sagemaker"),
    ],
    ids=["target", "target of a service that is here", "rpc", "action", "action in the query", "path"],
)
def test_a_signature_for_another_service(
    request_: Request, service: str, status: int, code: str, sentence: str
) -> None:
    with pytest.raises(Misdirected) as caught:
        found(request_, service)
    error = caught.value
    assert (error.status, error.code, error.message) == (status, code, SCOPED.format(sentence))


def test_s3_has_words_of_its_own_for_another_service() -> None:
    header = {"authorization": "AWS4-HMAC-SHA256 …", "host": "localhost"}
    with pytest.raises(Misdirected, match="AuthorizationHeaderMalformed") as caught:
        found(Request("GET", "/b/k", "", header), "iam")
    said = 'The authorization header is malformed; incorrect service "iam". This endpoint belongs to "s3".'
    assert (caught.value.message, caught.value.protocol) == (said, "rest-xml")
    with pytest.raises(Misdirected, match="AuthorizationQueryParametersError"):
        found(Request("GET", "/", "", {"host": "b.localhost"}), "iam")


@pytest.mark.parametrize(("version", "service"), [("2012-06-01", "elb"), ("2015-12-01", "elbv2")])
def test_services_that_share_a_signing_name_and_an_action_are_told_apart_by_version(
    version: str, service: str
) -> None:
    router = Router([load("elb"), load("elbv2")])
    body = f"Action=DescribeLoadBalancers&Version={version}".encode()
    request = Request("POST", "/", "", {"content-type": FORM}, body)
    assert routers.match(router, request, "elasticloadbalancing").operation.service.name == service


def test_an_action_that_no_service_has_in_that_version() -> None:
    body = b"Action=CreateUser&Version=2011-06-15"
    with pytest.raises(AwsError) as caught:
        match(Request("POST", "/", "", signed("sts", content_type=FORM), body))
    assert caught.value.code == "InvalidAction"
    assert caught.value.message == "Could not find operation CreateUser for version 2011-06-15"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/endpoints/x/../e/./invocations", True),
        ("//endpoints/e/invocations", True),
        ("/x/endpoints/e/invocations", False),
    ],
)
def test_a_path_is_routed_as_it_was_signed(path: str, expected: bool) -> None:
    """All services but S3 sign it without empty and dotted segments."""
    if expected:
        assert match(Request("POST", path, "", signed("sagemaker"))).labels == {"EndpointName": "e"}
    else:
        with pytest.raises(AwsError, match="NotImplemented"):
            match(Request("POST", path, "", signed("sagemaker")))


def test_what_follows_an_rpc_path_is_no_part_of_it() -> None:
    path = "/service/GraniteServiceVersion20100801/operation/PutMetricData"
    for rest in ("/more", "/../../.."):
        with pytest.raises(AwsError, match="UnknownOperationException"):
            match(Request("POST", path + rest, "", signed("monitoring", smithy_protocol="rpc-v2-cbor")))
    assert found(Request("POST", "/prefix" + path, "", signed("monitoring", smithy_protocol="rpc-v2-cbor")))


def test_a_form_without_an_action() -> None:
    with pytest.raises(AwsError, match="MissingAction"):
        match(Request("POST", "/", "", signed("sts", content_type=FORM), b"Version=2011-06-15"))


def test_cloudwatch_speaks_three_protocols() -> None:
    target = signed("monitoring", x_amz_target="GraniteServiceVersion20100801.PutMetricData")
    by_target = match(Request("POST", "/", "", target))
    path = "/service/GraniteServiceVersion20100801/operation/PutMetricData"
    by_path = match(Request("POST", path, "", signed("monitoring", smithy_protocol="rpc-v2-cbor")))
    form = signed("monitoring", content_type=FORM)
    by_action = match(Request("POST", "/", "", form, b"Action=PutMetricData&Version=2010-08-01"))
    found_ = [(e.operation.name, e.protocol) for e in (by_target, by_path, by_action)]
    assert found_ == [("PutMetricData", p) for p in ("json", "smithy-rpc-v2-cbor", "query")]
