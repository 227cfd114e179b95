"""Charts: where points lie, how many there are, and whether text can be read."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from clary.cli.drawing.numbers import ticks
from clary.cli.drawing.page import Markup, breakable, table
from clary.cli.drawing.parallel import Polyline, VerticalAxis, parallel, ranks
from clary.cli.drawing.plot import Axis, Line, plot, thinned
from clary.cli.drawing.style import STYLE


def test_points_lie_where_the_scales_say() -> None:
    """By hand: x from 66 to 482 (500 - 14 - 4), y from 384 down to 28."""
    html = plot([Line("a", [(0, 0), (0.5, 0.25), (1, 1)])], Axis("x", (0, 1)), Axis("y", (0, 1)))
    assert 'points="66.0,384.0 274.0,295.0 482.0,28.0"' in html


def test_a_step_lasts_until_the_next_value() -> None:
    html = plot([Line("a", [(0, 0), (1, 1)], way="step")], Axis("x", (0, 1)), Axis("y", (0, 1)))
    assert 'points="66.0,384.0 482.0,384.0 482.0,28.0"' in html


def test_values_that_are_no_numbers_are_left_out() -> None:
    nan, infinite = float("nan"), float("inf")
    html = plot([Line("a", [(0, 1), (1, nan), (2, infinite), (3, 2)])], Axis("x"), Axis("y"))
    assert len(re.findall(r'points="([^"]*)"', html)[0].split()) == 2
    assert "There is no value" in plot([Line("a", [(0, nan)])], Axis("x"), Axis("y"))


def test_thinned_keeps_peaks_and_ends() -> None:
    points = [(float(place), 0.0) for place in range(10_000)]
    points[4321], points[8765] = (4321.0, 9.0), (8765.0, -9.0)
    found = thinned(points, 100)
    assert len(found) <= 100
    assert {(0.0, 0.0), (4321.0, 9.0), (8765.0, -9.0), (9999.0, 0.0)} <= set(found)
    assert found == sorted(found)
    assert thinned(points[:100], 100) == points[:100]


def test_names_of_lines_do_not_overlap() -> None:
    html = plot([Line(name, [(0, 1), (1, 1)]) for name in "abc"], Axis("x"), Axis("y"))
    places = sorted(float(y) for y in re.findall(r'y="([\d.]+)" class="label', html))
    assert len(places) == 3
    assert all(lower - upper >= 14.9 for upper, lower in pairwise(places))


def test_ranks() -> None:
    assert ranks([3.0, 1.0, 1.0, 1e9], lower_is_better=True) == [0.5, 1.0, 1.0, 0.0]
    assert ranks([3.0, 1.0], lower_is_better=False) == [1.0, 0.0]
    assert ranks([5.0, 5.0], lower_is_better=True) == [1.0, 1.0]


def test_cells_are_escaped_unless_they_are_markup() -> None:
    html = table(["<i>", "n"], [["<b>", 1.5], [Markup("<em>x</em>"), None]])
    assert "&lt;i&gt;" in html
    assert "&lt;b&gt;" in html
    assert "<em>x</em>" in html
    assert breakable("a_<b>") == "a_<wbr>&lt;b&gt;"


# Contrast: WCAG 2.2, success criterion 1.4.3 (https://www.w3.org/TR/WCAG22/#contrast-minimum): 4.5 for text.
TEXTS = ("ink", "soft", "faint", "c1", "c2", "c3", "c4", "c5", "c6", "bad", "good")


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
@pytest.mark.parametrize("name", TEXTS)
def test_text_can_be_read(scheme: int, name: str) -> None:
    found = dict(re.findall(r"--([\w-]+):(#[0-9a-f]+)", re.findall(r":root\{([^}]*)\}", STYLE)[scheme]))
    behind = {"good": ["card", "good-wash"], "bad": ["card", "bad-wash"]}.get(name, ["card", "page"])
    for ground in behind:
        assert contrast(found[name], found[ground]) >= 4.5, f"{name} on {ground}"


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    red, green, blue = (channel(int(digits[at : at + 2], 16) / 255) for at in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def channel(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def test_an_axis_that_counts_has_whole_numbers() -> None:
    assert ticks(1, 3, 5, whole=True) == [1, 2, 3]
    assert ticks(1, 500, 5, whole=True) == [100, 200, 300, 400, 500]
    assert 1.5 in ticks(1, 3, 5)


def test_few_axes_are_drawn_as_wide_as_many_so_that_their_words_are_not_enlarged() -> None:
    drawn = parallel([VerticalAxis("a"), VerticalAxis("b")], [Polyline("s", {"a": 0.5, "b": 1.0}, 1.0)])
    assert 'viewBox="0 0 960 ' in drawn
