"""Certificates are tested with a user of the account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock


@pytest.fixture
def iam(client: Callable[..., Any]) -> Any:
    iam = client("iam")
    iam.create_user(UserName="ann")
    return iam


@pytest.fixture
def now(clock: FakeClock) -> float:
    return clock.now()
