"""A platform of a few services, which is made faster than one of all."""

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
    """Four services: one of each protocol that says no in its own way."""
    services = load_services("iam", "sts", "s3", "sagemaker")
    built = assemble(
        fresh_home(tmp_path / "home", options), options, clock=clock, runs=runs, services=services
    )
    yield built
    built.store.close()
