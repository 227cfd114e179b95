"""STS is tested with IAM and nothing else beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.assemble import Options, assemble
from clary.services import load_services
from tests.support.homes import fresh_home


@pytest.fixture
def platform(tmp_path: Path, clock: FakeClock, runs: FakeExecutor, options: Options) -> Iterator[Platform]:
    services = load_services("iam", "sts")
    built = assemble(
        fresh_home(tmp_path / "home", options), options, clock=clock, runs=runs, services=services
    )
    yield built
    built.store.close()
