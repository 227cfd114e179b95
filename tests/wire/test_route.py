"""Which operation a request is for, as clients tell it."""

from __future__ import annotations

import pytest

from clary.kernel import AwsError
from clary.wire import Exchange, Request, Router, load
from clary.wire.route import Misdirected
from tests.wire.shapes import signed_for

SERVICES = (
    "s3",
    "sagemaker",
    "sagemaker-runtime",
    "sagemaker-featurestore-runtime",
    "sagemaker-metrics",
    "logs",
    "sts",
    "iam",
    "cloudwatch",
    "dynamodb",
    "dynamodbstreams",
    "bedrock",
    "bedrock-runtime",
    "lambda",
    "ec2",
)
ROUTER = Router([load(name) for name in SERVICES])
FORM = "application/x-www-form-urlencoded; charset=utf-8"


def signed(service: str, **headers: str) -> dict[str, str]:
    scope = f"AKID/20260101/us-east-1/{service}/aws4_request"
    said = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    return {"authorization": said, **{name.replace("_", "-"): value for name, value in headers.items()}}


def match(request: Request) -> Exchange:
    return ROUTER.match(request, signed_for(request))


def found(request: Request, service: str | None = None) -> str:
    exchange = ROUTER.match(request, service or signed_for(request))
    return f"{exchange.operation.service.name}:{exchange.operation.name}"


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


# ------------------------------------------------------------------------------------------- Query, EC2 and CBOR


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
    assert router.match(request, "elasticloadbalancing").operation.service.name == service


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


# ------------------------------------------------------------------------------------------------------------ S3


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "expected"),
    [
        ("GET", "/", "", {}, "ListBuckets"),
        ("GET", "/", "x-id=ListBuckets", {}, "ListBuckets"),
        ("PUT", "/b", "", {}, "CreateBucket"),
        ("HEAD", "/b", "", {}, "HeadBucket"),
        ("GET", "/b", "", {}, "ListObjects"),
        ("GET", "/b/", "list-type=2&prefix=a", {}, "ListObjectsV2"),
        ("GET", "/b", "location", {}, "GetBucketLocation"),
        ("GET", "/b", "uploads=", {}, "ListMultipartUploads"),
        ("GET", "/b", "lifecycle", {}, "GetBucketLifecycleConfiguration"),
        ("GET", "/b", "analytics", {}, "ListBucketAnalyticsConfigurations"),
        ("GET", "/b", "analytics&id=1", {}, "GetBucketAnalyticsConfiguration"),
        ("POST", "/b", "delete", {}, "DeleteObjects"),
        ("GET", "/b/k", "", {}, "GetObject"),
        ("GET", "/b/k", "x-id=GetObject", {}, "GetObject"),
        ("GET", "/b/k", "acl", {}, "GetObjectAcl"),
        ("GET", "/b/k", "uploadId=1", {}, "ListParts"),
        ("PUT", "/b/k", "", {}, "PutObject"),
        ("PUT", "/b/k", "", {"x-amz-copy-source": "/a/b"}, "CopyObject"),
        ("PUT", "/b/k", "partNumber=1&uploadId=u", {}, "UploadPart"),
        ("PUT", "/b/k", "partNumber=1&uploadId=u", {"x-amz-copy-source": "/a/b"}, "UploadPartCopy"),
        ("POST", "/b/k", "uploads", {}, "CreateMultipartUpload"),
        ("POST", "/b/k", "uploadId=u", {}, "CompleteMultipartUpload"),
        ("DELETE", "/b/k", "uploadId=u", {}, "AbortMultipartUpload"),
        ("DELETE", "/b/k", "", {}, "DeleteObject"),
        ("POST", "/b/k", "select&select-type=2", {}, "SelectObjectContent"),
        ("PUT", "/b/k", "tagging", {}, "PutObjectTagging"),
    ],
)
def test_s3_by_method_path_query_and_headers(
    method: str, path: str, query: str, headers: dict[str, str], expected: str
) -> None:
    assert found(Request(method, path, query, {**signed("s3"), **headers})) == f"s3:{expected}"


@pytest.mark.parametrize(
    ("path", "labels"),
    [
        ("/b/a/b/c", {"Bucket": "b", "Key": "a/b/c"}),
        ("/b/a%20b%2Fc", {"Bucket": "b", "Key": "a b/c"}),
        ("/b/a/", {"Bucket": "b", "Key": "a/"}),
        ("/b//a", {"Bucket": "b", "Key": "/a"}),
        ("/b/../a", {"Bucket": "b", "Key": "../a"}),
        ("/b/%E6%BC%A2+", {"Bucket": "b", "Key": "漢+"}),
    ],
)
def test_keys_are_taken_as_they_are(path: str, labels: dict[str, str]) -> None:
    assert match(Request("GET", path, "", signed("s3"))).labels == labels


@pytest.mark.parametrize(
    ("host", "path", "labels"),
    [
        ("bucket.localhost:4566", "/a/b", {"Bucket": "bucket", "Key": "a/b"}),
        ("my.bucket.s3.amazonaws.com", "/a", {"Bucket": "my.bucket", "Key": "a"}),
        ("bucket.s3.us-west-2.amazonaws.com", "/a", {"Bucket": "bucket", "Key": "a"}),
        ("bucket.s3-us-west-2.amazonaws.com", "/a", {"Bucket": "bucket", "Key": "a"}),
        ("localhost:4566", "/bucket/a", {"Bucket": "bucket", "Key": "a"}),
        ("127.0.0.1:4566", "/bucket/a", {"Bucket": "bucket", "Key": "a"}),
        ("s3.us-east-1.amazonaws.com", "/bucket/a", {"Bucket": "bucket", "Key": "a"}),
        ("other/x.localhost:4566", "/bucket/a", {"Bucket": "bucket", "Key": "a"}),
    ],
)
def test_a_bucket_may_stand_in_the_host(host: str, path: str, labels: dict[str, str]) -> None:
    assert match(Request("GET", path, "", {**signed("s3"), "host": host})).labels == labels


def test_unsigned_requests_are_s3s() -> None:
    assert found(Request("GET", "/bucket/key")) == "s3:GetObject"


def test_a_method_that_s3_lacks() -> None:
    with pytest.raises(AwsError) as caught:
        match(Request("PATCH", "/b/k", "", signed("s3")))
    assert (caught.value.code, caught.value.status) == ("MethodNotAllowed", 405)
    assert caught.value.message == "The specified method is not allowed against this resource."


# ------------------------------------------------------------------------------------------------- nothing found


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
