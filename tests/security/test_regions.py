"""The region of a signature is one that the platform has, or the request is refused before anything else sees it.

Sources: recorded/s3, test_create_bucket_aws_global (S3's sentence and its Region); cognitect-labs/aws-api#27 (Query) and
aws/aws-sdk-js#4545 (JSON) for "Credential should be scoped to a valid region"; siderolabs/omni#98 for an empty one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.plane import Platform
from clary.plane.authorization.authorizer import PolicyAuthorizer
from clary.server.options import Options
from tests.conftest import ACCOUNT, ROOT_KEY, ROOT_SECRET
from tests.inprocess import ENDPOINT, InProcess
from tests.security.signers import FORM, Sent, by_header, by_query

JSON = Sent(
    headers={"X-Amz-Target": "SageMaker.ListModels", "Content-Type": "application/x-amz-json-1.1"}, body=b"{}"
)
QUERY = Sent(headers=FORM, body=b"Action=ListUsers&Version=2010-05-08")
METRICS = Sent(headers=FORM, body=b"Action=ListMetrics&Version=2010-08-01")
INVOKE = Sent(target="/endpoints/e/invocations", body=b"1")
CBOR = Sent(
    target="/service/GraniteServiceVersion20100801/operation/ListMetrics",
    headers={"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"},
    body=b"\xa0",
)
NOWHERE = [
    f"us-east-1:{ACCOUNT}:alarm:allowed-",
    "a\\b",
    "..",
    "us-east-1\x00",
    "x" * 300,
    "US-EAST-1",
    "us-east-9",
    "cn-north-1",
    "us-gov-west-1",
    "",
]


@pytest.fixture
def untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    async def credential(*_: Any) -> Any:
        raise AssertionError("somebody has looked for the key of a request from nowhere")

    monkeypatch.setattr(PolicyAuthorizer, "credential", credential)


@pytest.mark.parametrize("region", NOWHERE)
@pytest.mark.parametrize(
    ("service", "sent", "expected"),
    [
        ("sagemaker", JSON, (400, "InvalidSignatureException")),
        ("sagemaker", INVOKE, (403, "InvalidSignatureException")),
        ("monitoring", CBOR, (400, "InvalidSignatureException")),
        ("monitoring", METRICS, (403, "SignatureDoesNotMatch")),
        ("iam", QUERY, (403, "SignatureDoesNotMatch")),
        ("s3", Sent("GET", "/bucket/key"), (400, "AuthorizationHeaderMalformed")),
    ],
    ids=["json", "rest-json", "cbor", "query", "iam", "s3"],
)
def test_a_region_that_there_is_not(
    app: InProcess, untouched: None, service: str, sent: Sent, expected: tuple[int, str], region: str
) -> None:
    assert by_header(sent, service, region=region).send(app) == expected
    presigned = (400, "AuthorizationQueryParametersError") if service == "s3" else expected
    assert by_query(sent, service, region=region).send(app) == presigned


@pytest.mark.parametrize(
    ("region", "sentence"),
    [
        (
            "aws-global",
            b"the region 'aws-global' is wrong; expecting 'us-east-1'</Message><Region>us-east-1</Region>",
        ),
        (
            "",
            b"The authorization header is malformed; a non-empty region must be provided in the credential.</Message>",
        ),
    ],
)
def test_s3_says_which_region_it_expects(app: InProcess, region: str, sentence: bytes) -> None:
    sent = by_header(Sent("GET", "/bucket"), region=region)
    _, _, said = app.request("GET", ENDPOINT + sent.target, sent.headers)
    assert sentence in said


def test_others_say_that_the_region_is_not_valid(app: InProcess) -> None:
    sent = by_header(QUERY, "iam", region="a:b")
    _, _, said = app.request("POST", ENDPOINT + "/", sent.headers, sent.body)
    assert b"<Message>Credential should be scoped to a valid region. </Message>" in said


def test_a_region_of_no_place_is_for_services_of_no_region(app: InProcess) -> None:
    """What botocore signs for `aws-global` where it is told of an endpoint too; it never becomes part of an ARN."""
    assert by_header(QUERY, "iam", region="aws-global").send(app) == (200, "")
    assert by_header(JSON, "sagemaker", region="aws-global").send(app) == (400, "InvalidSignatureException")
    assert by_header(METRICS, "monitoring", region="aws-global").send(app) == (403, "SignatureDoesNotMatch")


def test_every_region_of_the_partition_answers(app: InProcess, platform: Platform) -> None:
    assert len(platform.settings.regions) > 20
    for region in platform.settings.regions:
        assert by_header(JSON, "sagemaker", region=region).send(app) == (200, "")


class TestSomeRegionsOnly:
    @pytest.fixture
    def options(self) -> Options:
        return Options(
            account=ACCOUNT, access_key_id=ROOT_KEY, secret_access_key=ROOT_SECRET, regions=("eu-central-1",)
        )

    def test_the_others_are_refused(self, app: InProcess) -> None:
        assert by_header(JSON, "sagemaker", region="eu-central-1").send(app) == (200, "")
        assert by_header(JSON, "sagemaker").send(app) == (400, "InvalidSignatureException")
        assert by_header(METRICS, "monitoring").send(app) == (403, "SignatureDoesNotMatch")

    def test_global_services_are_signed_for_as_ever(self, client: Callable[..., Any]) -> None:
        """boto3 signs for us-east-1 where IAM, or STS and S3 by `aws-global`, have no region of their own."""
        assert client("iam", region_name="eu-central-1").list_users()["Users"] == []
        assert client("sts", region_name="aws-global").get_caller_identity()["Account"] == ACCOUNT
        assert client("s3", region_name="aws-global").list_buckets()["Buckets"] == []


class TestAnotherPartition:
    @pytest.fixture
    def options(self) -> Options:
        return Options(
            account=ACCOUNT, access_key_id=ROOT_KEY, secret_access_key=ROOT_SECRET, partition="aws-cn"
        )

    def test_has_regions_of_its_own(self, app: InProcess) -> None:
        assert by_header(JSON, "sagemaker", region="cn-north-1").send(app) == (200, "")
        assert by_header(QUERY, "iam", region="cn-north-1").send(app) == (200, "")
        assert by_header(JSON, "sagemaker").send(app) == (400, "InvalidSignatureException")
        assert by_header(QUERY, "iam").send(app) == (403, "SignatureDoesNotMatch")
