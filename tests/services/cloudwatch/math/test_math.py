"""Metric math against the user guide's examples and tables ("Using metric math")."""

from __future__ import annotations

from typing import Any

import pytest

from clary.services.cloudwatch.math import MathError, Scope, Series, evaluate
from clary.services.cloudwatch.period_statistics import Window

PERIOD = 60
MISSING = None


def series(id: str, *values: float | None, metric: bool = True) -> Series:
    """Values at 0, 60, 120 … seconds."""
    points = {n * PERIOD: float(value) for n, value in enumerate(values) if value is not None}
    return Series(points, PERIOD, id, id.upper(), metric)


def run(expression: str, *known: Series, periods: int = 5) -> Any:
    """The values of the one series that an expression comes to, or of each of them."""
    by_id = {one.id: one for one in known}
    scope = Scope(by_id.get, lambda: list(known), lambda period: Window(0, periods * PERIOD, PERIOD))
    found = [
        [one.points.get(n * PERIOD) for n in range(periods)][: max(len(one.points), 5)]
        for one in evaluate(expression, scope)
    ]
    return found[0] if len(found) == 1 else found


A = series("m1", 1, 2, 3, 4, 5)
B = series("m2", 10, 20, MISSING, 40, 50)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("m1", [1, 2, 3, 4, 5]),
        ("m1 + 1", [2, 3, 4, 5, 6]),
        ("5 * m1", [5, 10, 15, 20, 25]),
        ("m2 - m1", [9, 18, -3, 36, 45]),
        ("-m1", [-1, -2, -3, -4, -5]),
        ("m1 ^ 2", [1, 4, 9, 16, 25]),
        ("2 + 3 * m1 ^ 2", [5, 14, 29, 50, 77]),
        ("(2 + 3) * m1", [5, 10, 15, 20, 25]),
        ("m1 / m2", [0.1, 0.1, None, 0.1, 0.1]),
        ("m1 - -1", [2, 3, 4, 5, 6]),
        ("m1 / PERIOD(m1) * 60", [1, 2, 3, 4, 5]),
        ("m1 - AVG(m1)", [-2, -1, 0, 1, 2]),
        ("m1 - MIN(m1)", [0, 1, 2, 3, 4]),
        ("m1 / MAX(m1)", [0.2, 0.4, 0.6, 0.8, 1.0]),
        ("m1 * 0 + SUM(m1)", [15, 15, 15, 15, 15]),
        ("m1 * 0 + DATAPOINT_COUNT(m2)", [4, 4, 4, 4, 4]),
        ("m1 / METRIC_COUNT(METRICS())", [0.5, 1, 1.5, 2, 2.5]),
        ("SUM([m1, m2])", [11, 22, 3, 44, 55]),
        ("SUM(METRICS())", [11, 22, 3, 44, 55]),
        ('SUM(METRICS("2"))', [10, 20, None, 40, 50]),
        ("AVG([m1, m2])", [5.5, 11, 1.5, 22, 27.5]),
        ("MIN([m1, m2])", [1, 2, 3, 4, 5]),
        ("MAX(METRICS())", [10, 20, 3, 40, 50]),
        ("SUM(-[m1, m2])", [-11, -22, -3, -44, -55]),
        ("ABS(m1 - 3)", [2, 1, 0, 1, 2]),
        ("CEIL(m1 / 2)", [1, 1, 2, 2, 3]),
        ("FLOOR(m1 / 2)", [0, 1, 1, 2, 2]),
        ("LOG10(m2)", pytest.approx([1, 1.30103, None, 1.60206, 1.69897], abs=1e-5)),
        ("LOG(m1 - 1)", pytest.approx([None, 0, 0.693147, 1.098612, 1.386294], abs=1e-5)),
        ("DIFF(m2)", [None, 10, None, 20, 10]),
        ("DIFF_TIME(m2)", [None, 60, None, 120, 60]),
        ("RATE(m1) * 60", [None, 1, 1, 1, 1]),
        ("RUNNING_SUM(m1)", [1, 3, 6, 10, 15]),
        ("FILL(m2, 0)", [10, 20, 0, 40, 50]),
        ("FILL(m2, REPEAT)", [10, 20, 20, 40, 50]),
        ("FILL(m2, LINEAR)", [10, 20, 30, 40, 50]),
        ("FILL(m2, m1)", [10, 20, 3, 40, 50]),
        ("TIME_SERIES(7)", [7, 7, 7, 7, 7]),
        ("TIME_SERIES(MAX(m1))", [5, 5, 5, 5, 5]),
        ("MINUTE(m1)", [0, 1, 2, 3, 4]),
        ("DAY(m1)", [4, 4, 4, 4, 4]),
        ("EPOCH(m1)", [0, 60, 120, 180, 240]),
        ("FIRST(SORT(METRICS(), SUM, DESC))", [10, 20, None, 40, 50]),
        ("LAST(SORT(METRICS(), AVG, DESC))", [1, 2, 3, 4, 5]),
        ("SORT(METRICS(), MAX, ASC, 1)", [1, 2, 3, 4, 5]),
        ("SLICE(METRICS(), 1)", [10, 20, None, 40, 50]),
        ("m1 >= 3", [0, 0, 1, 1, 1]),
        ("m1 == 2 OR m1 == 3", [0, 1, 1, 0, 0]),
        ("m1 > 1 && m1 < 4", [0, 1, 1, 0, 0]),
        ("IF(m1 < 3, m1)", [1, 2, None, None, None]),
        ("IF(m1 < 3, 10, 2)", [10, 10, 2, 2, 2]),
        ("IF(1, m1, m2)", [1, 2, 3, 4, 5]),
        ("IF(0, m1)", [None, None, None, None, None]),
        ("STDDEV([m1, m1])", [0, 0, 0, 0, 0]),
    ],
)
def test_expressions(expression: str, expected: list[float | None]) -> None:
    assert run(expression, A, B) == expected


def test_arrays_stay_arrays() -> None:
    assert run("METRICS() / 10", series("a", 10), series("b", 20)) == [
        [1.0, None, None, None, None],
        [2.0, None, None, None, None],
    ]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(metric1 < metric2)", [0, 0, 1, 0, None]),
        ("(metric1 >= 30)", [1, 0, 0, 0, None]),
        ("(metric1 > 15 AND metric2 > 15)", [1, 0, 0, 0, None]),
    ],
)
def test_comparisons_of_the_guide(expression: str, expected: list[float | None]) -> None:
    """The guide's table: metric1 is [30, 20, 0, 0], metric2 is [20, -, 20, -]."""
    one, two = series("metric1", 30, 20, 0, 0), series("metric2", 20, MISSING, 20, MISSING)
    assert run(expression, one, two) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("IF(metric1, metric2, metric3)", [30, 0, 20, None, None]),
        ("IF(metric1, 5, metric3)", [5, 5, 20, None, None]),
        ("IF(metric1, metric2, 5)", [30, 0, 5, 5, None]),
    ],
)
def test_if_of_the_guide(expression: str, expected: list[float | None]) -> None:
    """The guide's tables of IF; metric1 is [1, 1, 0, 0, -]."""
    known = (
        series("metric1", 1, 1, 0, 0, MISSING),
        series("metric2", 30, MISSING, 0, 0, 30),
        series("metric3", 0, 0, 20, MISSING, 20),
    )
    assert run(expression, *known) == expected


def test_a_division_by_zero_drops_the_data_point() -> None:
    assert run("m1 / m2", series("m1", 1, 2), series("m2", 0, 1)) == [None, 2, None, None, None]


def test_series_without_data_are_removed() -> None:
    assert run("SUM(REMOVE_EMPTY(METRICS()))", series("a"), series("b", 1))[0] == 1
    assert run("AVG(REMOVE_EMPTY(METRICS()))", series("a"), series("b", 1))[0] == 1


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "1",
        "m1 m1",
        "m1 +",
        "(m1",
        "[m1",
        "m1 $ 2",
        "unknown",
        "REPEAT",
        "AVG()",
        "AVG(m1, m1)",
        "METRICS() + METRICS()",
        "FIRST(m1)",
        "SORT(METRICS(), STDDEV, DESC)",
        "SORT(METRICS(), AVG, UP)",
        "PERIOD(m1 + 1)",
        "FILL(m1, DESC)",
        "IF(METRICS(), 1, 2)",
        "1 / 0 + m1",
        "(" * 200 + "m1" + ")" * 200,
        "ANOMALY_DETECTION_BAND(m1)",
        "__class__(m1)",
    ],
)
def test_what_makes_no_sense(expression: str) -> None:
    with pytest.raises(MathError):
        run(expression, A, B)


def test_numbers_that_overflow_are_dropped() -> None:
    assert run("m1 ^ 1000", series("m1", 1, 1e300)) == [1, None, None, None, None]
    assert run("(m1 - 3) ^ 0.5", A)[:2] == [None, None]
