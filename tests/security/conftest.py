"""One real platform for all of these tests, a role that jobs may take, and a bucket with something to steal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.live import Live, make_role, short_folder


@pytest.fixture(scope="session")
def live() -> Iterator[Live]:
    folder = short_folder()
    live = Live(folder / "home").start()
    live.client("s3").create_bucket(Bucket="data")
    yield live
    live.clear()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def role(live: Live) -> str:
    return make_role(live)


@pytest.fixture(scope="session")
def s3(live: Live) -> Any:
    return live.client("s3")


@pytest.fixture(scope="session")
def sm(live: Live) -> Any:
    return live.client("sagemaker")
