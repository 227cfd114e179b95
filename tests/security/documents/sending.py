"""Documents as they are sent."""

from __future__ import annotations

from tests.security.signers import FORM, Sent

MB = 1 << 20


def json(target: str, body: bytes = b"{}", **headers: str) -> Sent:
    kind = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return Sent(headers={**kind, **more}, body=body)


def form(body: bytes, **headers: str) -> Sent:
    return Sent(headers={**FORM, **{n.replace("_", "-"): v for n, v in headers.items()}}, body=body)


LIST_MODELS, PUT_METRICS = "SageMaker.ListModels", "GraniteServiceVersion20100801.PutMetricData"
