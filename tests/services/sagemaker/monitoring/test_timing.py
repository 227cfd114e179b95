"""The hours of Model Monitor's schedule expressions."""

from __future__ import annotations

import pytest

from clary.services.sagemaker.monitoring import timing


@pytest.mark.parametrize(
    ("expression", "hours"),
    [
        ("cron(0 * ? * * *)", list(range(24))),
        ("cron(0 17 ? * * *)", [17]),
        ("cron(0 0/6 ? * * *)", [0, 6, 12, 18]),
        ("cron(0 17/12 ? * * *)", [5, 17]),
    ],
)
def test_the_hours_of_an_expression(expression: str, hours: list[int]) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-schedule-expression.html
    assert timing.hours_of(expression) == hours
