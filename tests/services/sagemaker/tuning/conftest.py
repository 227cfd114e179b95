"""A laboratory for each test."""

from __future__ import annotations

from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.services.sagemaker.tuning.lab import Lab


@pytest.fixture
def lab(sm: Any, role: str, runs: FakeExecutor, controllers: Controllers, clock: FakeClock) -> Lab:
    return Lab(sm, runs, controllers, clock)
