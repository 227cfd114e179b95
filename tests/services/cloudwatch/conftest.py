"""A client of CloudWatch and a minute that has just ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock


@pytest.fixture
def cloudwatch(client: Callable[..., Any]) -> Any:
    return client("cloudwatch")


@pytest.fixture
def minute(clock: FakeClock) -> int:
    """The start of an hour's 30th minute or so: a whole minute at least ten minutes ago, seconds since the epoch."""
    return int(clock.now() // 600 * 600) - 600


@pytest.fixture
def put(cloudwatch: Any) -> Callable[..., None]:
    """`put(at, 1.0, 2.0, name="m", unit="Count", a="1")`: values of one metric at one time."""

    def put(at: float, *values: float, name: str = "m", unit: str = "None", **dimensions: str) -> None:
        pairs = [{"Name": key, "Value": value} for key, value in dimensions.items()]
        data = [
            {"MetricName": name, "Timestamp": at, "Value": value, "Unit": unit, "Dimensions": pairs}
            for value in values
        ]
        cloudwatch.put_metric_data(Namespace="N", MetricData=data)

    return put
