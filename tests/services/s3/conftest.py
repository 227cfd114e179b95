"""A bucket to play in, and AWS's refusals as values."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError


class Refusal:
    """The error that a block must end with."""

    error: dict[str, Any]
    status: int
    headers: dict[str, str]


@pytest.fixture
def s3(client: Callable[..., Any]) -> Any:
    return client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    s3.create_bucket(Bucket="bucket")
    return "bucket"


@pytest.fixture
def versioned(s3: Any, bucket: str) -> str:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


@pytest.fixture
def refused() -> Callable[[str, int], AbstractContextManager[Refusal]]:
    """`with refused("NoSuchKey", 404) as r: ...`: the block must fail so; `r.error` is what came back."""

    @contextmanager
    def expect(code: str, status: int):  # type: ignore[no-untyped-def]
        refusal = Refusal()
        with pytest.raises(ClientError) as caught:
            yield refusal
        response = caught.value.response
        refusal.error = response["Error"]
        refusal.status = response["ResponseMetadata"]["HTTPStatusCode"]
        refusal.headers = response["ResponseMetadata"]["HTTPHeaders"]
        assert (refusal.error["Code"], refusal.status) == (code, status)

    return expect
