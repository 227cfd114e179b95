"""Scales of ranges, and values that are written and read back."""

from __future__ import annotations

import math
from statistics import median

import pytest

from clary.services.sagemaker.tuning.search import ranges
from clary.services.sagemaker.tuning.search.ranges import Categorical, Numeric, Scale

PLACES = [n / 1000 for n in range(1000)]


@pytest.mark.parametrize(
    ("scale", "low", "high", "middle"),
    [
        ("Linear", 0, 10, 5),
        ("Logarithmic", 0.001, 10, 0.1),  # as many below the geometric mean as above
        ("ReverseLogarithmic", 0.9, 0.9999, 1 - math.sqrt(0.1 * 0.0001)),
    ],
)
def test_half_of_the_values_lie_below_the_middle_of_the_scale(
    scale: Scale, low: float, high: float, middle: float
) -> None:
    values = [float(Numeric("x", low, high, scale, whole=False).at(place)) for place in PLACES]
    assert median(values) == pytest.approx(middle, rel=0.01)
    assert low <= min(values) < max(values) <= high


@pytest.mark.parametrize("scale", ["Linear", "Logarithmic"])
def test_whole_numbers_are_all_reached_with_both_ends(scale: Scale) -> None:
    one = Numeric("x", 1, 5, scale, whole=True)
    assert {one.at(place) for place in PLACES} == {"1", "2", "3", "4", "5"}
    assert one.size == 5


def test_values_are_read_as_they_were_written() -> None:
    one = Numeric("x", -1, 1, "Linear", whole=False)
    for place in PLACES:
        assert one.written(one.read(one.at(place)) or 0.0) == one.at(place)


@pytest.mark.parametrize("text", ["", "abc", "nan", "inf", "11", "-1", "2.5"])
def test_what_is_no_value_of_a_range(text: str) -> None:
    assert Numeric("x", 0, 10, "Linear", whole=True).read(text) is None
    assert Categorical("x", ("a", "b")).read(text) is None


@pytest.mark.parametrize(
    ("low", "high", "scale"),
    [("1", "100", "Logarithmic"), ("1", "99", "Linear"), ("0", "1000", "Linear"), ("-5", "5000", "Linear")],
)
def test_auto_is_logarithmic_for_ranges_that_span_much(low: str, high: str, scale: str) -> None:
    document = {"IntegerParameterRanges": [{"Name": "x", "MinValue": low, "MaxValue": high}]}
    (found,) = ranges.read(document)
    assert isinstance(found, Numeric)
    assert found.scale == scale


def test_combinations() -> None:
    discrete = (Numeric("x", 1, 5, "Linear", whole=True), Categorical("y", ("a", "b")))
    assert ranges.combinations(discrete) == 10
    assert ranges.combinations((*discrete, Numeric("z", 0, 1, "Linear", whole=False))) == math.inf
