"""A tiny platform for the tests of the plane."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform, Service
from tests.plane import tiny


@pytest.fixture
def service() -> Service:
    return tiny.service()


@pytest.fixture
def small(tmp_path: Path, clock: FakeClock, service: Service) -> Iterator[Platform]:
    """A platform of one service, whose nouns are a Model and a TransformJob."""
    built = tiny.platform(tmp_path, clock, service)
    yield built
    built.store.close()
