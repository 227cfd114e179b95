"""A client of Systems Manager, and what it told the change feed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.plane import Platform
from clary.store.api import Change


@pytest.fixture
def ssm(client: Callable[..., Any]) -> Any:
    return client("ssm")


@pytest.fixture
def told(platform: Platform) -> Callable[[], list[Change]]:
    """Return the changes of parameters, the oldest first."""

    def read() -> list[Change]:
        with platform.store.read() as tx:
            return tx.changes(0, 1000, kinds=["ssm:Parameter"])

    return read
