"""What CreateProcessingJob refuses."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.sagemaker_requests import processing_request


def _without_path(request: dict[str, Any]) -> None:
    del request["ProcessingInputs"][0]["S3Input"]["LocalPath"]


def _outside(request: dict[str, Any]) -> None:
    request["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["LocalPath"] = "/opt/ml/processing/../model"


def _twice(request: dict[str, Any]) -> None:
    request["ProcessingInputs"] *= 2


def _no_type(request: dict[str, Any]) -> None:
    del request["ProcessingResources"]["ClusterConfig"]["InstanceType"]


def _gzip(request: dict[str, Any]) -> None:
    request["ProcessingInputs"][0]["S3Input"]["S3CompressionType"] = "Gzip"


def _nul(request: dict[str, Any]) -> None:
    request["ProcessingInputs"][0]["S3Input"]["LocalPath"] = "/opt/ml/processing/a\0b"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_without_path, "LocalPath of in is required when AppManaged is false"),
        (_outside, "must be below /opt/ml/processing"),
        (_nul, "must be below /opt/ml/processing"),
        (_twice, "Input names must be unique"),
        (_no_type, "Value null at 'processingResources.clusterConfig.instanceType'"),
        (_gzip, "S3CompressionType Gzip can only be used if S3InputMode is Pipe"),
    ],
)
def test_what_makes_no_sense_is_refused(sm: Any, role: str, spoil: Any, said: str) -> None:
    request = processing_request(role)
    spoil(request)
    with pytest.raises(ClientError) as caught:
        sm.create_processing_job(**request)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert said in caught.value.response["Error"]["Message"]


def test_a_taken_name_is_in_use(sm: Any, role: str) -> None:
    sm.create_processing_job(**processing_request(role))
    with pytest.raises(sm.exceptions.ResourceInUse, match="already exists"):
        sm.create_processing_job(**processing_request(role))
