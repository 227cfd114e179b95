"""A platform of a few services, which is made faster than one of all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.assemble import Options
from tests.support.homes import platform_of


@pytest.fixture
def platform(tmp_path: Path, clock: FakeClock, runs: FakeExecutor, options: Options) -> Iterator[Platform]:
    """Four services: one of each protocol that says no in its own way."""
    with platform_of(
        "iam", "sts", "s3", "sagemaker", folder=tmp_path, options=options, clock=clock, runs=runs
    ) as built:
        yield built
