"""Access Analyzer is tested with IAM and STS beside it."""

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
    with platform_of(
        "iam", "sts", "accessanalyzer", folder=tmp_path, options=options, clock=clock, runs=runs
    ) as built:
        yield built
