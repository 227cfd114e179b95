"""The platform that live suites share, and boto3 clients of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.live import Live, make_role
from tests.support.live_jobs import end_all_work


@pytest.fixture(scope="module")
def live(shared_live: Live) -> Iterator[Live]:
    yield shared_live
    end_all_work(shared_live)


@pytest.fixture(scope="session")
def role(shared_live: Live) -> str:
    """A role of SageMaker's that may use S3, and all that v3 of the SDK asks of one before it makes a job."""
    arn = make_role(shared_live, "SdkJobs")
    shared_live.client("iam").attach_role_policy(
        RoleName="SdkJobs", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    )
    return arn


@pytest.fixture
def make(live: Live) -> Callable[..., Any]:
    """`make("s3")`: boto3 as the root user."""
    return live.client


@pytest.fixture
def name() -> str:
    """A name that nothing else has: the tests share the platform."""
    return f"t-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def bucket(live: Live, name: str) -> str:
    live.client("s3").create_bucket(Bucket=name)
    return name
