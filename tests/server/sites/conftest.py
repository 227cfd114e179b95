"""A platform with a service that has sites, behind a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clary.kernel import SystemClock
from clary.plane import Platform, Service
from clary.runs.fake import FakeExecutor
from clary.server.assemble import assemble
from clary.server.options import Options
from clary.services import load_services
from tests.inprocess import Loop
from tests.support.homes import fresh_home
from tests.support.scratch_sites import SiteServer, scratch_service


@pytest.fixture
def scratch() -> Service:
    return scratch_service()


@pytest.fixture
def platform(tmp_path: Path, options: Options, scratch: Service) -> Iterator[Platform]:
    services = {**load_services(), scratch.name: scratch}
    home = fresh_home(tmp_path / "home", replace(options, throttle=""))
    built = assemble(home, options, clock=SystemClock(), runs=FakeExecutor(), services=services)
    yield built
    built.store.close()


@pytest.fixture
def served(platform: Platform, loop: Loop, options: Options) -> Iterator[SiteServer]:
    server = SiteServer(platform, loop, options)
    yield server
    server.stop()
