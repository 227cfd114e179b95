"""Last uses are stored by hand: in a platform at work a thread does it every few seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.plane import Platform
from clary.plane.last_use import last_use_of


@pytest.fixture
def store(platform: Platform) -> Callable[[], None]:
    return lambda: last_use_of(platform).store(platform)


@pytest.fixture
def iam(client: Callable[..., Any]) -> Any:
    return client("iam")
