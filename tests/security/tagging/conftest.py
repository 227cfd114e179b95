"""S3 with an object."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.principals import Client


@pytest.fixture
def s3(client: Client) -> Any:
    """Root's client, with one bucket of two objects, one of them tagged."""
    s3 = client("s3")
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="secret", Body=b"x", Tagging="class=secret")
    s3.put_object(Bucket="data", Key="plain", Body=b"y")
    return s3
