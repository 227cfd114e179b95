"""A client of CloudWatch Logs and the times that events have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock

DAY = 86_400_000


@pytest.fixture
def logs(client: Callable[..., Any]) -> Any:
    return client("logs")


@pytest.fixture
def now(clock: FakeClock) -> int:
    """The platform's time in milliseconds."""
    return int(clock.now() * 1000)


@pytest.fixture
def stream(logs: Any) -> dict[str, str]:
    """A fresh group with a stream, as the parameters that name them."""
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    return {"logGroupName": "g", "logStreamName": "s"}
