"""Signature and routing, tested against each other: every way to sign a request, for every service, with every protocol
of every service. A request is served only where the service that was signed for is the one that it reaches.

Sources: "Credential should be scoped to correct service" (cllunsford/aws-signing-proxy#25, aws/aws-sdk-php#732),
AuthorizationHeaderMalformed and AuthorizationQueryParametersError ("Error responses", S3 API Reference),
MissingAuthenticationToken (Common errors of IAM, SageMaker).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cbor2
import pytest

from clary.plane import Platform
from clary.server.options import Options
from tests.conftest import ACCOUNT, ROOT_KEY, ROOT_SECRET
from tests.inprocess import InProcess
from tests.security.signers import (
    FORM,
    Sent,
    by_header,
    by_query,
    by_version_2,
    by_version_2_query,
    in_chunks,
)

Outcome = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Target:
    """One operation in one protocol, and what it answers to who may call it."""

    service: str
    signing_name: str
    protocol: str
    sent: Sent
    served: Outcome = (200, "")

    def __str__(self) -> str:
        return f"{self.service} {self.protocol}"


def json(target: str) -> Sent:
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    return Sent(headers=headers, body=b"{}")


def query(action: str, version: str) -> Sent:
    return Sent(headers=FORM, body=f"Action={action}&Version={version}".encode())


CBOR = Sent(
    target="/service/GraniteServiceVersion20100801/operation/ListMetrics",
    headers={"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"},
    body=cbor2.dumps({}),
)
TARGETS = (
    Target("s3", "s3", "rest-xml", Sent("PUT", "/bucket/key", {}, b"body")),
    Target("sts", "sts", "query", query("GetCallerIdentity", "2011-06-15")),
    Target("iam", "iam", "query", query("ListUsers", "2010-05-08")),
    Target("logs", "logs", "json", json("Logs_20140328.DescribeLogGroups")),
    Target("cloudwatch", "monitoring", "json", json("GraniteServiceVersion20100801.ListMetrics")),
    Target("cloudwatch", "monitoring", "query", query("ListMetrics", "2010-08-01")),
    Target("cloudwatch", "monitoring", "smithy-rpc-v2-cbor", CBOR),
    Target("sagemaker", "sagemaker", "json", json("SageMaker.ListModels")),
    Target("sns", "sns", "query", query("ListTopics", "2010-03-31")),
    Target("sqs", "sqs", "json", json("AmazonSQS.ListQueues")),
    Target("sqs", "sqs", "query", query("ListQueues", "2012-11-05")),
    Target("kms", "kms", "json", json("TrentService.ListKeys")),
    Target("ecr", "ecr", "json", json("AmazonEC2ContainerRegistry_V20150921.DescribeRepositories")),
    Target("events", "events", "json", json("AWSEvents.ListEventBuses")),
    Target("stepfunctions", "states", "json", json("AWSStepFunctions.ListActivities")),
    Target(
        "lambda",
        "lambda",
        "rest-json",
        Sent("POST", "/2015-03-31/functions", {"Content-Type": "application/json"}, b"{}"),
        (400, "ValidationException"),  # members are missing
    ),
    Target("ssm", "ssm", "json", json("AmazonSSM.DescribeParameters")),
    Target("secretsmanager", "secretsmanager", "json", json("secretsmanager.ListSecrets")),
    Target(
        "accessanalyzer",
        "access-analyzer",
        "rest-json",
        Sent("POST", "/policy/validation", {"Content-Type": "application/json"}, b"{}"),
        (400, "ValidationException"),  # members are missing
    ),
    Target(
        "sagemaker-runtime",
        "sagemaker",
        "rest-json",
        Sent(target="/endpoints/e/invocations", body=b"1"),
        (400, "ValidationError"),  # there is no such endpoint
    ),
    Target(
        "sagemaker-metrics",
        "sagemaker",
        "rest-json",
        Sent("PUT", "/BatchPutMetrics", {"Content-Type": "application/json"}, b"{}"),
        (400, "ValidationException"),  # members are missing
    ),
)
NAMES = sorted({target.signing_name for target in TARGETS})
# Services with paths of their own say of any other path that they do not know it.
WITH_PATHS = ("access-analyzer", "lambda", "sagemaker")
# What a service says of a signature that is not one for it, by protocol.
BAD: dict[str, Outcome] = {
    "query": (403, "SignatureDoesNotMatch"),
    "json": (400, "InvalidSignatureException"),
    "smithy-rpc-v2-cbor": (400, "InvalidSignatureException"),
    "rest-json": (403, "InvalidSignatureException"),
}


def s3s_business(target: Target) -> Outcome:
    """S3 knows no POST to /, and takes one of a key for the end of an upload, which this body is not."""
    return (405, "MethodNotAllowed") if target.sent.target == "/" else (400, "MalformedXML")


@pytest.fixture
def options() -> Options:
    return Options(
        account=ACCOUNT, access_key_id=ROOT_KEY, secret_access_key=ROOT_SECRET, s3_signature_v2="on"
    )


@pytest.fixture(autouse=True)
def _bucket(client: Callable[..., Any]) -> None:
    client("s3").create_bucket(Bucket="bucket")


def test_every_service_and_every_protocol_is_among_the_targets(platform: Platform) -> None:
    there = {(name, protocol) for name, s in platform.services.items() for protocol in s.model.protocols}
    there -= {("s3control", "rest-xml")}  # which shares S3's signing name: tests/services/s3/control
    assert {(target.service, target.protocol) for target in TARGETS} == there


def for_another_service(signing_name: str, target: Target, presigned: bool) -> Outcome:
    """The rule for Version 4: a request that is signed for a service is that service's to answer or to refuse."""
    if signing_name == target.signing_name:
        return target.served
    if signing_name == "s3":
        return s3s_business(target)
    if signing_name in WITH_PATHS and target.protocol.startswith("rest"):
        return 501, "NotImplemented"
    if target.signing_name != "s3":
        return BAD[target.protocol]
    return 400, "AuthorizationQueryParametersError" if presigned else "AuthorizationHeaderMalformed"


@pytest.mark.parametrize("signing_name", NAMES)
@pytest.mark.parametrize(
    ("sign", "presigned"), [(by_header, False), (by_query, True)], ids=["header", "query"]
)
def test_version_4(app: InProcess, sign: Callable[..., Sent], presigned: bool, signing_name: str) -> None:
    found = {str(target): sign(target.sent, signing_name).send(app) for target in TARGETS}
    assert found == {str(target): for_another_service(signing_name, target, presigned) for target in TARGETS}


@pytest.mark.parametrize("signing_name", NAMES)
def test_version_4_of_a_body_in_chunks(app: InProcess, signing_name: str) -> None:
    """Only S3 takes one: to all others its hash is wrong, as it stands there."""
    found = {str(target): in_chunks(target.sent, signing_name).send(app) for target in TARGETS}
    expected = {
        str(target): for_another_service("s3", target, presigned=False)
        if signing_name == "s3"
        else BAD.get(target.protocol, (403, "InvalidSignatureException"))
        for target in TARGETS
    }
    assert found == expected


@pytest.mark.parametrize("sign", [by_version_2, by_version_2_query])
def test_version_2_is_s3s(app: InProcess, sign: Callable[..., Sent]) -> None:
    found = {str(target): sign(target.sent).send(app) for target in TARGETS}
    expected = {
        str(target): target.served if target.service == "s3" else s3s_business(target) for target in TARGETS
    }
    assert found == expected


def test_nobody_signed(app: InProcess) -> None:
    unsigned = {
        "rest-xml": (403, "AccessDenied"),
        "rest-json": (403, "AccessDenied"),  # nothing but its signature tells that it is not S3's
        "query": (403, "MissingAuthenticationToken"),
        "json": (400, "MissingAuthenticationTokenException"),
        "smithy-rpc-v2-cbor": (403, "MissingAuthenticationToken"),
    }
    found = {str(target): target.sent.send(app) for target in TARGETS}
    expected = {str(target): unsigned[target.protocol] for target in TARGETS}
    # The first segment of these paths is a bucket's name.
    for name in ("accessanalyzer", "lambda", "sagemaker-runtime"):
        expected[f"{name} rest-json"] = (404, "NoSuchBucket")
    # These have kept the codes of Query in all of their protocols.
    kept = [target for target in TARGETS if target.service in ("cloudwatch", "sqs")]
    expected |= {str(target): (403, "MissingAuthenticationToken") for target in kept}
    assert found == expected


@pytest.mark.parametrize("target", [t for t in TARGETS if t.protocol == "json"], ids=lambda t: t.service)
def test_a_presigned_request_names_its_operation_under_the_signature(app: InProcess, target: Target) -> None:
    bare = Sent(body=target.sent.body)
    presigned = by_query(bare, target.signing_name)
    later = presigned.with_headers(X_Amz_Target=target.sent.headers["X-Amz-Target"])
    assert later.send(app) == (400, "InvalidSignatureException")
