"""KMS, customers' keys, and a look at what lies in the store."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from clary.plane import Platform

SECRET = b"the secret of the house "


@pytest.fixture
def kms(client: Callable[..., Any]) -> Any:
    return client("kms")


@pytest.fixture
def key(kms: Any) -> str:
    """The ARN of a key with the default policy."""
    return kms.create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def customer() -> dict[str, Any]:
    """A customer's key, as arguments of a call. boto3 adds its MD5."""
    return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": os.urandom(32)}


@pytest.fixture
def open_bucket(s3: Any, bucket: str) -> str:
    """A bucket that takes customers' keys."""
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]},
    }
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return bucket


@pytest.fixture
def lies_in_the_clear(platform: Platform) -> Callable[[], bool]:
    """Whether the secret can be found in any file of the home or row of the store."""

    def look() -> bool:
        with platform.store.read() as tx:
            bodies = [body for (body,) in tx.sql("SELECT body FROM s3_object") if body is not None]
        files = [path for path in platform.settings.home.rglob("*") if path.is_file()]
        return any(SECRET in body for body in bodies) or any(SECRET in path.read_bytes() for path in files)

    return look
