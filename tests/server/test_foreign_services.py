"""Requests for services that are not here, from unmodified boto3: every refusal is one that the client of that service
reads. Oracle: the protocols that botocore's models name, and "Common errors" in each service's API reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.inprocess import ENDPOINT, InProcess

Client = Callable[..., Any]

# One of each protocol, and of each way in which services share a signing name.
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "mq": ("ListBrokers", {}),  # rest-json; localstack/localstack#8027 is of the same kind
    "apigateway": ("GetRestApis", {}),
    "bedrock-runtime": ("InvokeModel", {"modelId": "m", "body": b"{}"}),
    "sagemaker-featurestore-runtime": (
        "GetRecord",
        {"FeatureGroupName": "f", "RecordIdentifierValueAsString": "1"},
    ),
    "dynamodb": ("ListTables", {}),  # json
    "kinesis": ("ListStreams", {}),
    "ec2": ("DescribeInstances", {}),  # ec2
    "autoscaling": ("DescribeAutoScalingGroups", {}),  # query
    "ses": ("ListIdentities", {}),
    "sesv2": ("ListEmailIdentities", {}),
    "route53": ("ListHostedZones", {}),  # rest-xml
    "cloudfront": ("ListDistributions", {}),
    "s3control": ("ListAccessGrants", {"AccountId": "111122223333"}),
    "s3tables": ("ListTableBuckets", {}),
    "servicecatalog": ("ListPortfolios", {}),  # cbor
}


def call(client: Any, service: str) -> ClientError:
    operation, params = CALLS[service]
    with pytest.raises(ClientError) as caught:
        client._make_api_call(operation, params)
    return caught.value


@pytest.mark.parametrize("service", CALLS)
def test_what_is_not_here_is_refused_by_the_operations_name(client: Client, service: str) -> None:
    refused = call(client(service, config=Config(parameter_validation=False)), service)
    assert refused.response["Error"]["Code"] == "NotImplemented"
    assert (
        refused.response["Error"]["Message"]
        == f"Clary does not implement {service}:{refused.operation_name}."
    )
    assert refused.response["ResponseMetadata"]["HTTPStatusCode"] == 501


@pytest.mark.parametrize("service", CALLS)
def test_a_wrong_secret_and_an_unknown_key_are_read_too(client: Client, service: str) -> None:
    config = Config(parameter_validation=False)
    codes = set()
    for more in ({"secret": "wrong"}, {"key": "AKIANOBODY"}, {"token": "nonsense"}):
        error = call(client(service, config=config, **more), service).response["Error"]
        assert len(error["Message"]) > 10, error
        codes.add(error["Code"])
    assert codes <= {
        "InvalidSignatureException", "SignatureDoesNotMatch", "UnrecognizedClientException", "InvalidClientTokenId",
        "InvalidAccessKeyId", "InvalidToken",
    }  # fmt: skip


@pytest.mark.parametrize("service", ["mq", "dynamodb", "ec2", "route53", "servicecatalog"])
def test_a_malformed_signature_is_read_too(client: Client, service: str) -> None:
    strange = client(service, config=Config(parameter_validation=False))

    def spoil(request: Any, **_: Any) -> None:
        whole = request.headers["Authorization"].decode()
        request.headers["Authorization"] = whole.replace("SignedHeaders=", "Names=")

    strange.meta.events.register_first(
        "before-send", spoil
    )  # before the application, which answers in this event
    error = call(strange, service).response["Error"]
    assert error["Code"] in ("IncompleteSignature", "IncompleteSignatureException"), error
    assert "SignedHeaders" in error["Message"]


def test_a_request_that_is_too_long_is_refused_in_the_services_protocol(client: Client) -> None:
    strange = client("mq", config=Config(parameter_validation=False))
    with pytest.raises(ClientError) as caught:
        strange.create_configuration(Name="z" * (2 << 20), EngineType="ACTIVEMQ")
    assert caught.value.response["Error"]["Code"] == "RequestEntityTooLargeException"


def test_an_unsigned_json_document_is_refused_as_one(app: InProcess) -> None:
    """What tells no service at all is S3's, but for JSON by POST, which S3 does not take (sso-oidc sends it unsigned)."""
    status, headers, body = app.request(
        "POST", f"{ENDPOINT}/token", {"content-type": "application/json"}, b"{}"
    )
    assert (status, dict(headers)["x-amzn-errortype"]) == (501, "NotImplemented")
    assert body == b'{"message":"Clary does not implement POST /token."}'
