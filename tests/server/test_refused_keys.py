"""Keys and tokens that are not good, in the words of each protocol. Oracle: what clients of AWS report: Query services
(InvalidClientTokenId, 403), JSON (UnrecognizedClientException, 400: amazon-sagemaker-operator-for-k8s#99, cwh#119), and
"List of error codes" (S3 API reference)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from tests.conftest import ROOT_SECRET
from tests.support.principals import as_session, user

Client = Callable[..., Any]
CALLS: dict[str, Callable[[Any], Any]] = {
    "sts": lambda sts: sts.get_caller_identity(),
    "iam": lambda iam: iam.list_users(),
    "sagemaker": lambda sm: sm.list_models(),
    "logs": lambda logs: logs.describe_log_groups(),
    "cloudwatch": lambda cloudwatch: cloudwatch.list_metrics(),
    "sagemaker-runtime": lambda runtime: runtime.invoke_endpoint(EndpointName="e", Body=b"1"),
    "s3": lambda s3: s3.list_buckets(),
}
UNKNOWN = {
    "sts": ("InvalidClientTokenId", 403),
    "iam": ("InvalidClientTokenId", 403),
    "sagemaker": ("UnrecognizedClientException", 400),
    "logs": ("UnrecognizedClientException", 400),
    "cloudwatch": ("InvalidClientTokenId", 403),  # Query's code, whichever of its protocols the client speaks
    "sagemaker-runtime": ("UnrecognizedClientException", 403),
    "s3": ("InvalidAccessKeyId", 403),
}
EXPIRED = {
    "sts": ("ExpiredToken", 403),
    "iam": ("ExpiredToken", 403),
    "sagemaker": ("ExpiredTokenException", 400),
    "logs": ("ExpiredTokenException", 400),
    "cloudwatch": ("ExpiredToken", 403),
    "sagemaker-runtime": ("ExpiredTokenException", 403),
    "s3": ("ExpiredToken", 400),
}


def refusal(service: str, client: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        CALLS[service](client)
    said = caught.value.response
    return said["Error"]["Code"], said["ResponseMetadata"]["HTTPStatusCode"]


@pytest.fixture
def session(client: Client) -> dict[str, str]:
    answer = client("sts", **user(client, "ann")).get_session_token(DurationSeconds=900)
    return as_session(answer["Credentials"])


@pytest.mark.parametrize("service", CALLS)
def test_a_key_that_nobody_has(client: Client, service: str) -> None:
    stranger = client(service, key="AKIAIOSFODNN7EXAMPLE", secret=ROOT_SECRET)
    assert refusal(service, stranger) == UNKNOWN[service]


@pytest.mark.parametrize("service", CALLS)
def test_a_sessions_key_without_its_token(client: Client, session: dict[str, str], service: str) -> None:
    assert refusal(service, client(service, **{**session, "token": None})) == UNKNOWN[service]


@pytest.mark.parametrize("service", CALLS)
def test_a_sessions_key_with_another_token(client: Client, session: dict[str, str], service: str) -> None:
    expected = ("InvalidToken", 400) if service == "s3" else UNKNOWN[service]
    assert refusal(service, client(service, **{**session, "token": "x" * 20})) == expected


@pytest.mark.parametrize("service", CALLS)
def test_a_session_that_is_over(
    client: Client, clock: FakeClock, session: dict[str, str], service: str
) -> None:
    clock.advance(901)
    assert refusal(service, client(service, **session)) == EXPIRED[service]
