"""One platform for all tests of clients, and boto3 clients of it. It is started once: starting takes longer than asking."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.server.live import Live, make_role, short_folder


@pytest.fixture(scope="session")
def live() -> Iterator[Live]:
    live = Live(short_folder(), "--allow-reset").start()
    yield live
    live.clear()


@pytest.fixture(scope="session")
def role(live: Live) -> str:
    """A role of SageMaker's that may use S3, and all that v3 of the SDK asks of one before it makes a job."""
    arn = make_role(live, "SdkJobs")
    live.client("iam").attach_role_policy(
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
