"""Charts as inline SVG: lines, scatter, histogram pairs, timeline. They know numbers and labels, not a demo.

Colours are CSS classes, which the page defines for light, dark and print; every text is escaped here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

Points = Sequence[float]
_NOTE_LETTER = 6.6
"""Width of a letter of a note, with some margin: DejaVu Sans, the widest of the page's fonts, at 12 pixels.
"""


@dataclass(frozen=True)
class Scale:
    """A linear map from data to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value; the middle if the range is empty."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


@dataclass(frozen=True)
class Series:
    """A named line; `css` is the class for its colour."""

    name: str
    values: tuple[float, ...]
    css: str

    @property
    def points(self) -> list[tuple[int, float]]:
        """Return the finite values with their rounds, counted from 1."""
        return [(index, value) for index, value in enumerate(self.values, 1) if math.isfinite(value)]


@dataclass(frozen=True)
class Span:
    """A span of time on a timeline, in seconds from its start."""

    name: str
    start: float
    end: float
    css: str = "c1"


@dataclass(frozen=True)
class Lane:
    """A line of a timeline: its spans one after another, and two texts."""

    name: str
    spans: tuple[Span, ...]
    note: str
    failed: bool = False


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return about `count` round numbers within a range."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low]
    raw = (high - low) / max(1, count)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


# Exponents as people write them, without Python's leading zeros.
_RAISED = str.maketrans("−123456789", "⁻¹²³⁴⁵⁶⁷⁸⁹", "0")


def number(value: float) -> str:
    """Return a number for people: four digits, thousands separated, an exponent only if needed."""
    if not math.isfinite(value):
        return "–"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}".replace("-", "−")
    if abs(value) < 1e-3:
        digits, power = f"{value:.1e}".replace("-", "−").split("e")
        return f"{digits} × 10{power.lstrip('+').translate(_RAISED)}"
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.4g}".replace("-", "−")


def seconds(value: float) -> str:
    """Return a duration: milliseconds, seconds, or minutes and seconds."""
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    if value < 59.95:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s"


def svg(width: int, height: int, label: str, body: str, css: str = "") -> str:
    """Return the frame: scalable, with a label for screen readers."""
    return (
        f'<svg class="chart {css}" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">'
        f"{body}</svg>"
    )


def text(x: float, y: float, words: str, css: str = "", anchor: str = "start") -> str:
    """Return text at a point."""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{css}" text-anchor="{anchor}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    """Return a straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{css}"/>'


def rect(
    x: float, y: float, width: float, height: float, css: str, title: str = "", radius: float = 0
) -> str:
    """Return a rectangle that shows its title on hover."""
    inner = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0.0, width):.1f}" height="{max(0.0, height):.1f}" '
        f'rx="{radius:g}" class="{css}">{inner}</rect>'
    )


def line_chart(series: Sequence[Series], x_label: str, y_label: str) -> str:
    """Return lines over rounds 1, 2, …; each is labelled at its end, and the best point of the last is
    marked."""
    drawn = [item for item in series if item.points]
    if not drawn:
        return _empty("No rounds were reported.")
    values = [value for item in drawn for _, value in item.points]
    longest = max(len(item.values) for item in drawn)
    low, high = _padded(min(values), max(values))
    x, y = Scale(1, max(2, longest), 66, 408), Scale(low, high, 384, 22)
    body = [_horizontal_grid(y, ticks(low, high), 66, 408)]
    body += [text(x(tick), 404, number(tick), "tick", "middle") for tick in _whole(ticks(1, max(2, longest)))]
    body += [text(237, 430, x_label, "axis", "middle"), text(66, 10, y_label, "axis")]
    ends = _apart([y(item.points[-1][1]) for item in drawn], 15)
    for item, end in zip(drawn, ends, strict=True):
        body.append(_line_of(item, x, y))
        body.append(text(x(item.points[-1][0]) + 8, end + 4, item.name, f"label {item.css}-text"))
    summary = "; ".join(f"{item.name} ends at {number(item.points[-1][1])}" for item in drawn)
    return svg(500, 438, f"{y_label} by {x_label}: {summary}", "".join(body))


def _line_of(item: Series, x: Scale, y: Scale) -> str:
    path = " ".join(f"{x(index):.1f},{y(value):.1f}" for index, value in item.points)
    hits = item.points if len(item.points) <= 60 else []
    dots = "".join(
        f'<circle cx="{x(index):.1f}" cy="{y(value):.1f}" r="7" class="hit">'
        f"<title>{escape(item.name)}, round {index}: {number(value)}</title></circle>"
        for index, value in hits
    )
    last, value = item.points[-1]
    end = f'<circle cx="{x(last):.1f}" cy="{y(value):.1f}" r="3.5" class="{item.css}-dot"/>'
    return f'<polyline points="{path}" class="{item.css}-line"/>{end}{dots}'


def scatter(actual: Points, predicted: Points, label: str) -> str:
    """Return predicted over actual values on equal axes, with the line of perfect prediction."""
    pairs = [pair for pair in zip(actual, predicted, strict=True) if all(map(math.isfinite, pair))]
    if not pairs:
        return _empty("No predictions were kept.")
    flat = [value for pair in pairs for value in pair]
    low, high = _padded(min(flat), max(flat))
    x, y = Scale(low, high, 66, 490), Scale(low, high, 384, 22)
    marks = ticks(low, high, 7)
    body = [_horizontal_grid(y, marks, 66, 490)]
    body += [line(x(mark), 22, x(mark), 384, "grid") for mark in marks]
    body += [text(x(mark), 404, number(mark), "tick", "middle") for mark in marks]
    body.append(line(x(low), y(low), x(high), y(high), "ideal"))
    radius = 3.2 if len(pairs) <= 400 else 2.2
    body += [f'<circle cx="{x(a):.1f}" cy="{y(p):.1f}" r="{radius}" class="point"/>' for a, p in pairs]
    body += [text(278, 430, f"Actual {label}", "axis", "middle"), text(66, 10, f"Predicted {label}", "axis")]
    return svg(500, 438, f"Predicted against actual {label}, {len(pairs)} points", "".join(body))


def histogram_pair(before: Points, after: Points, ends: tuple[str, str], label: str) -> str:
    """Return two distributions over the same bins: the first as filled bars, the second as an outline."""
    top = max([*before, *after, 1e-12])
    width, height = 240.0, 84.0
    step = width / max(1, len(before))
    y = Scale(0, top, height, 6)
    bars = "".join(
        rect(
            index * step + 0.75,
            y(share),
            step - 1.5,
            height - y(share),
            "before",
            f"baseline {share:.1%}",
            1.5,
        )
        for index, share in enumerate(before)
    )
    path = "".join(
        f"L{index * step:.1f},{y(v):.1f} L{(index + 1) * step:.1f},{y(v):.1f} "
        for index, v in enumerate(after)
    )
    outline = f'<path d="M0,{height} {path}L{width},{height}" class="after"/>' if after else ""
    hits = "".join(
        rect(index * step, 0, step, height, "hit", f"baseline {one:.1%}, captured {other:.1%}")
        for index, (one, other) in enumerate(zip(before, after, strict=True))
    )
    base = line(0, height, width, height, "base")
    words = text(0, 99, ends[0], "tick") + text(width, 99, ends[1], "tick", "end")
    return svg(240, 104, label, bars + outline + base + words + hits)


def gauge(value: float, limit: float, label: str) -> str:
    """Return a distance on a line from 0 to 1, with a mark at the limit."""
    x = Scale(0, max(1.0, value, limit), 0, 240)
    css = "over" if value > limit else "under"
    body = rect(0, 3, 240, 6, "track", radius=3) + rect(0, 3, x(value), 6, css, radius=3)
    return svg(240, 12, label, body + line(x(limit), 0, x(limit), 12, "limit"), "gauge")


def timeline(lanes: Sequence[Lane]) -> str:
    """Return lanes below one another over one time axis; the spans of a lane follow each other."""
    end = max((span.end for lane in lanes for span in lane.spans), default=0.0)
    if end <= 0:
        return _empty("No step was timed.")
    left, right, row = 196, 936, 46
    x, bottom = Scale(0, end, left, right), 26 + row * len(lanes)
    marks = ticks(0, end, 7)
    body = [line(x(mark), 22, x(mark), bottom, "grid") for mark in marks]
    body += [text(x(mark), 14, f"{mark:g} s", "tick", "middle") for mark in marks]
    body += [_lane(lane, x, 26 + row * index) for index, lane in enumerate(lanes)]
    return svg(1040, bottom + 6, f"Timeline of {len(lanes)} steps over {seconds(end)}", "".join(body))


def _lane(lane: Lane, x: Scale, top: float) -> str:
    first, last = min(s.start for s in lane.spans), max(s.end for s in lane.spans)
    body = [text(0, top + 20, lane.name, "lane")]
    for span in lane.spans:
        title = f"{span.name}: {seconds(span.end - span.start)}"
        start, wide = x(span.start), max(2.5, x(span.end) - x(span.start) - 1.5)
        body.append(
            rect(start, top + 7, wide, 16, "bar-failed" if lane.failed else f"bar {span.css}", title, 3)
        )
    body.append(text(1040, top + 20, seconds(last - first), "duration", "end"))
    if lane.note:
        # A note starts under its bar, or as far to the left as it takes to fit into the picture.
        at = max(x.start, min(x(first), 1040 - len(lane.note) * _NOTE_LETTER))
        body.append(text(at, top + 37, lane.note, "note"))
    return "".join(body)


def _horizontal_grid(y: Scale, marks: Sequence[float], left: float, right: float) -> str:
    lines = "".join(line(left, y(mark), right, y(mark), "grid") for mark in marks)
    return lines + "".join(text(left - 8, y(mark) + 4, number(mark), "tick", "end") for mark in marks)


def _padded(low: float, high: float) -> tuple[float, float]:
    room = (high - low) * 0.05 or abs(high) * 0.1 or 1.0
    return low - room, high + room


def _whole(marks: Sequence[float]) -> list[float]:
    return [1.0, *[mark for mark in marks if mark == int(mark) and mark > 1]]


def _apart(places: Sequence[float], gap: float) -> list[float]:
    """Return the positions, moved down where two labels would overlap."""
    result = list(places)
    order = sorted(range(len(result)), key=result.__getitem__)
    for upper, lower in pairwise(order):
        result[lower] = max(result[lower], result[upper] + gap)
    return result


def _empty(words: str) -> str:
    return f'<p class="quiet">{escape(words)}</p>'
