"""A tiny platform for the tests of the plane."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform, Service
from clary.plane.action import Lane
from tests.plane import tiny
from tests.plane.probes import ARN, register


@pytest.fixture
def service() -> Service:
    return tiny.service()


@pytest.fixture
def small(tmp_path: Path, clock: FakeClock, service: Service) -> Iterator[Platform]:
    """A platform of one service, whose nouns are a Model and a TransformJob."""
    built = tiny.platform(tmp_path, clock, service)
    yield built
    built.store.close()


@pytest.fixture
def inner(service: Service) -> Callable[[Lane], list[str]]:
    """DescribeModel in a lane; what it tells of where it ran."""

    def make(lane: Lane) -> list[str]:
        told: list[str] = []
        register(service, "DescribeModel", lane, lambda ctx: {"ModelArn": ARN, "_hidden": 1}, told)
        return told

    return make
