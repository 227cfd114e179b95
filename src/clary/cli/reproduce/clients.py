"""The clients of one platform that the command speaks to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]
SERVICES = ("sagemaker", "s3")


@dataclass(frozen=True, slots=True)
class Clients:
    """boto3's clients of SERVICES: SageMaker and S3."""

    sagemaker: Any
    s3: Any


def place_of(uri: str) -> tuple[str, str]:
    """Return bucket and key of an S3 URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
