"""Lines and dots over two axes, each line named at its end."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape

from clary.cli.drawing.numbers import Scale, number, padded, ticks
from clary.cli.drawing.shapes import apart, cut, empty, horizontal_grid, line, svg, text

Point = tuple[float, float]
_LEFT, _TOP, _BOTTOM, _HEIGHT = 66, 28, 384, 438
_LETTER = 7.4  # width of a letter of a name, in pixels
_MOST_HITS = 120  # points of one line that show their value
MOST_POINTS = 400  # of one line


@dataclass(frozen=True)
class Line:
    """A named series. `way` is "line", "step" (a value lasts until the next one) or "dots"; `css` gives its colour."""

    name: str
    points: Sequence[Point]
    css: str = "c1"
    way: str = "line"

    @property
    def finite(self) -> list[Point]:
        """Return the points that can be drawn."""
        return [point for point in self.points if all(map(math.isfinite, point))]


@dataclass(frozen=True)
class Axis:
    """What an axis shows. Without `ends` it reaches as far as the points. `whole`: it counts things."""

    label: str
    ends: Point | None = None
    words: Callable[[float], str] = field(default=number)
    whole: bool = False


def plot(lines: Sequence[Line], x: Axis, y: Axis, *, width: int = 500, diagonal: bool = False) -> str:
    """Return the chart; `diagonal` adds the line from corner to corner that an ROC curve is compared with."""
    drawn = [(item, thinned(item.finite)) for item in lines if item.finite]
    if not drawn:
        return empty("There is no value to draw.")
    named = [item for item, _ in drawn if len(drawn) > 1 and item.way != "dots"]
    right = width - 14 - max((_LETTER * len(cut(item.name)) + 4 for item in named), default=4)
    across = _scale(x, [point[0] for _, points in drawn for point in points], _LEFT, right, False)
    up = _scale(y, [point[1] for _, points in drawn for point in points], _BOTTOM, _TOP, True)
    body = [*_axes(x, y, across, up), _diagonal(across, up) if diagonal else ""]
    body += [_drawn(item, points, across, up) for item, points in drawn]
    body += _names([(item, points) for item, points in drawn if item in named], across, up)
    said = "; ".join(f"{item.name} ends at {y.words(points[-1][1])}" for item, points in drawn)
    return svg(width, _HEIGHT, f"{y.label} by {x.label}: {said}", "".join(body))


def thinned(points: Sequence[Point], most: int = MOST_POINTS) -> list[Point]:
    """Return at most `most` of the points, in their order: the lowest and the highest of each stretch, so that peaks stay, and
    the ends."""
    if len(points) <= most:
        return list(points)
    inner, count = points[1:-1], (most - 2) // 2
    kept = [points[0]]
    for number_ in range(count):
        stretch = inner[number_ * len(inner) // count : (number_ + 1) * len(inner) // count]
        places = sorted({_place(stretch, min), _place(stretch, max)})
        kept += [stretch[place] for place in places]
    return [*kept, points[-1]]


def _place(stretch: Sequence[Point], wanted: Callable[..., int]) -> int:
    return wanted(range(len(stretch)), key=lambda place: stretch[place][1])


def _scale(axis: Axis, values: Sequence[float], start: float, end: float, room: bool) -> Scale:
    low, high = axis.ends or (min(values), max(values))
    if low == high or (room and axis.ends is None):
        low, high = padded(low, high)
    return Scale(low, high, start, end)


def _axes(x: Axis, y: Axis, across: Scale, up: Scale) -> list[str]:
    marks = ticks(across.low, across.high, 5, whole=x.whole)
    return [
        horizontal_grid(up, ticks(up.low, up.high), across.start, across.end, y.words),
        line(across.start, _BOTTOM, across.end, _BOTTOM, "base"),
        *(text(across(mark), 404, x.words(mark), "tick", "middle") for mark in marks),
        text((across.start + across.end) / 2, 430, x.label, "axis", "middle"),
        text(0, 12, cut(y.label, 60), "axis"),
    ]


def _diagonal(across: Scale, up: Scale) -> str:
    return line(across.start, up.start, across.end, up.end, "ideal")


def _drawn(item: Line, points: Sequence[Point], across: Scale, up: Scale) -> str:
    places = [(across(x), up(y)) for x, y in points]
    if item.way == "dots":
        return _dots(item, points, across, up, 4, f"{item.css}-dot spot")
    body = f'<polyline points="{_path(places, item.way == "step")}" class="{item.css}-line"/>'
    x, y = places[-1]
    end = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="{item.css}-dot"/>'
    hits = _dots(item, points, across, up, 7, "hit") if len(points) <= _MOST_HITS else ""
    return body + end + hits


def _path(places: Sequence[Point], step: bool) -> str:
    found: list[str] = []
    for number_, (x, y) in enumerate(places):
        if step and number_:
            found.append(f"{x:.1f},{places[number_ - 1][1]:.1f}")
        found.append(f"{x:.1f},{y:.1f}")
    return " ".join(found)


def _dots(item: Line, points: Sequence[Point], across: Scale, up: Scale, radius: float, css: str) -> str:
    return "".join(
        f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="{radius}" class="{css}">'
        f"<title>{escape(item.name)}: {number(y)} at {number(x)}</title></circle>"
        for x, y in points
    )


def _names(drawn: Sequence[tuple[Line, Sequence[Point]]], across: Scale, up: Scale) -> list[str]:
    places = apart([up(points[-1][1]) for _, points in drawn], 15)
    return [
        text(across(points[-1][0]) + 8, place + 4, cut(item.name), f"label {item.css}-text")
        for (item, points), place in zip(drawn, places, strict=True)
    ]
