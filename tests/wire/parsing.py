"""Requests to be parsed."""

from __future__ import annotations

from typing import Any

from clary.wire import Request, Router, load
from tests.support.routers import match
from tests.wire.shapes import signed_for

ROUTER = Router(
    [load(n) for n in ("s3", "sagemaker", "sagemaker-runtime", "lambda", "sts", "iam", "cloudwatch", "sqs")]
)


def signed(service: str, **headers: str) -> dict[str, str]:
    said = f"AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/{service}/aws4_request, Signature=0"
    return {"authorization": said, **{name.replace("_", "-"): value for name, value in headers.items()}}


def parsed(request: Request) -> dict[str, Any]:
    return match(ROUTER, request, signed_for(request)).parse(request)


def put_metric_data(body: bytes, **headers: str) -> Request:
    target = "GraniteServiceVersion20100801.PutMetricData"
    return Request("POST", "/", "", signed("monitoring", x_amz_target=target, **headers), body)
