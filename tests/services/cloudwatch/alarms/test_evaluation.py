"""Every row of the user guide's tables on missing data, and its prose on premature alarms."""

from __future__ import annotations

import pytest

from clary.services.cloudwatch.alarms.evaluation import Rule, evaluate_alarm

OK, ALARM, NONE, KEEP = "OK", "ALARM", "INSUFFICIENT_DATA", None
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


def states(points: str, needed: int) -> list[str | None]:
    """The state for each treatment of missing data; `X` breaches, `0` does not, `-` is missing."""
    values = [{"X": 9.0, "0": 0.0, "-": None}[mark] for mark in points.split()]
    rules = [Rule(3, needed, lambda value: value > 5, treatment) for treatment in TREATMENTS]
    return [evaluate_alarm(values, rule).state for rule in rules]


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ("0 - X - X", [OK, OK, OK, OK]),
        ("0 - - - -", [OK, OK, OK, OK]),
        ("- - - - -", [NONE, KEEP, ALARM, OK]),
        ("0 X X - X", [ALARM, ALARM, ALARM, ALARM]),
        ("- - X - -", [ALARM, KEEP, ALARM, OK]),
        ("- - - - X", [NONE, KEEP, ALARM, OK]),
        ("- - - X -", [NONE, KEEP, ALARM, OK]),
        ("- - X - 0", [OK, OK, OK, OK]),
    ],
)
def test_three_of_three(points: str, expected: list[str | None]) -> None:
    assert states(points, 3) == expected


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ("0 - X - X", [ALARM, ALARM, ALARM, ALARM]),
        ("0 0 X 0 X", [ALARM, ALARM, ALARM, ALARM]),
        ("0 - X - -", [OK, OK, ALARM, OK]),
        ("- - - - 0", [OK, OK, ALARM, OK]),
        ("- - - X -", [ALARM, KEEP, ALARM, OK]),
    ],
)
def test_two_of_three(points: str, expected: list[str | None]) -> None:
    assert states(points, 2) == expected


def test_which_data_points_counted() -> None:
    rule = Rule(3, 3, lambda value: value > 5)
    verdict = evaluate_alarm([1.0, None, 9.0, None, 9.0], rule)
    assert (verdict.used, verdict.filled) == ((4, 2, 0), 0)
    verdict = evaluate_alarm([None, None, 9.0, None, None], rule)
    assert (verdict.used, verdict.filled) == ((2,), 2)
