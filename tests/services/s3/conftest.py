"""A bucket to play in, and AWS's refusals as values."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from clary.plane import Platform
from clary.server.accounts import ensure_account
from tests.support.principals import OTHER


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
def with_acls(s3: Any, bucket: str) -> str:
    """A bucket as they were before April 2023: it takes ACLs, and nothing public is blocked."""
    controls = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=controls)
    s3.delete_public_access_block(Bucket=bucket)
    return bucket


@pytest.fixture
def stranger(client: Callable[..., Any], platform: Platform) -> Any:
    """The root user of another account."""
    secret = "stranger-secret-stranger-secret-stranger"
    with platform.store.write() as tx:
        ensure_account(tx, OTHER, "AKIASTRANGERSTRANGER", secret)
    return client("s3", key="AKIASTRANGERSTRANGER", secret=secret)


@pytest.fixture
def anonymous(client: Callable[..., Any]) -> Any:
    """A client that signs nothing."""
    return client("s3", config=Config(signature_version=UNSIGNED))


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
