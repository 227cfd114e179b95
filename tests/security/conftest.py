"""The platform that live suites share, a role that jobs may take, and a bucket with something to steal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.live import Live
from tests.support.live_jobs import end_all_work


@pytest.fixture(scope="session")
def with_data(shared_live: Live) -> Live:
    """The shared platform with a bucket `data`."""
    shared_live.client("s3").create_bucket(Bucket="data")
    return shared_live


@pytest.fixture(scope="module")
def live(with_data: Live) -> Iterator[Live]:
    yield with_data
    end_all_work(with_data)


@pytest.fixture(scope="session")
def role(jobs_role: str) -> str:
    return jobs_role


@pytest.fixture(scope="session")
def s3(with_data: Live) -> Any:
    return with_data.client("s3")


@pytest.fixture(scope="session")
def sm(with_data: Live) -> Any:
    return with_data.client("sagemaker")
