"""SageMaker's runtime: an endpoint in service, whose worker answers with the marker."""

from __future__ import annotations

from typing import Any

from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.inputs.sagemaker import core as sagemaker
from tests.security.matrix.world import MARKER, World


def _says_marker(head: dict[str, str], body: bytes) -> Any:
    return 200, {"content-type": "text/csv"}, MARKER.encode()


def prepare(w: World) -> None:
    sagemaker.prepare(w)
    w.once("endpoint", lambda w: sagemaker.in_service(w, _says_marker))


def _invocation(w: World) -> Params:
    endpoint = w.once("endpoint", sagemaker.in_service)
    return {"EndpointName": endpoint, "ContentType": "text/csv", "Body": b"1,2"}


CASES = {
    "InvokeEndpoint": Case(_invocation, Outcome.MISSING),
    "InvokeEndpointWithResponseStream": Case(_invocation, Outcome.MISSING),
}
