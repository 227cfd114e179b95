"""The clients of one platform that the command speaks to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clary.cli.default_role import session_of
from clary.cli.home import Identity

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Clients:
    """boto3's clients of SageMaker and S3."""

    sagemaker: Any
    s3: Any


def clients_of(identity: Identity, endpoint: str, region: str) -> Clients:
    """Return clients of the account's root user."""
    session: Any = session_of(identity, region)
    return Clients(*(session.client(name, endpoint_url=endpoint) for name in ("sagemaker", "s3")))


def place_of(uri: str) -> tuple[str, str]:
    """Return bucket and key of an S3 URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
