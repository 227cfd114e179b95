"""A real platform of a test's own: these tests kill it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.support.live import Live, short_folder


@pytest.fixture
def live() -> Iterator[Live]:
    folder = short_folder()
    live = Live(folder / "home").start()
    yield live
    live.clear()
    shutil.rmtree(folder, ignore_errors=True)
