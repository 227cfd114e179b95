"""The platform that live suites share, a role that jobs may take, and a bucket with something to steal."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.live import Live


@pytest.fixture(scope="session")
def live(shared_live: Live) -> Live:
    shared_live.client("s3").create_bucket(Bucket="data")
    return shared_live


@pytest.fixture(scope="session")
def role(jobs_role: str) -> str:
    return jobs_role


@pytest.fixture(scope="session")
def s3(live: Live) -> Any:
    return live.client("s3")


@pytest.fixture(scope="session")
def sm(live: Live) -> Any:
    return live.client("sagemaker")
