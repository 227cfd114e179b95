"""A router of several services, and requests to it."""

from __future__ import annotations

from clary.wire import Exchange, Request, Router, load
from tests.support import routers
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
    return routers.match(ROUTER, request, signed_for(request))


def found(request: Request, service: str | None = None) -> str:
    exchange = routers.match(ROUTER, request, service or signed_for(request))
    return f"{exchange.operation.service.name}:{exchange.operation.name}"
