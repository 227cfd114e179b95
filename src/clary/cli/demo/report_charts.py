"""Charts of the demo alone, as inline SVG: learning curve, scatter, histogram pairs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from clary.cli.drawing.numbers import Scale, number, padded, ticks
from clary.cli.drawing.plot import Axis, Line, plot
from clary.cli.drawing.shapes import empty, horizontal_grid, line, rect, svg, text

Points = Sequence[float]


@dataclass(frozen=True)
class Series:
    """A named line of values by round; `css` is the class for its colour."""

    name: str
    values: tuple[float, ...]
    css: str

    @property
    def points(self) -> list[tuple[int, float]]:
        """Return the finite values with their rounds, counted from 1."""
        return [(index, value) for index, value in enumerate(self.values, 1) if math.isfinite(value)]


def line_chart(series: Sequence[Series], x_label: str, y_label: str) -> str:
    """Return lines over rounds 1, 2, …; each is labelled at its end."""
    drawn = [Line(item.name, item.points, item.css) for item in series if item.points]
    if not drawn:
        return empty("No rounds were reported.")
    longest = max(len(item.values) for item in series)
    return plot(drawn, Axis(x_label, (1, max(2, longest)), _whole), Axis(y_label))


def _whole(mark: float) -> str:
    return number(mark) if mark == int(mark) else ""


def scatter(actual: Points, predicted: Points, label: str) -> str:
    """Return predicted over actual values on equal axes, with the line of perfect prediction."""
    pairs = [pair for pair in zip(actual, predicted, strict=True) if all(map(math.isfinite, pair))]
    if not pairs:
        return empty("No predictions were kept.")
    flat = [value for pair in pairs for value in pair]
    low, high = padded(min(flat), max(flat))
    x, y = Scale(low, high, 66, 490), Scale(low, high, 384, 22)
    marks = ticks(low, high, 7)
    body = [horizontal_grid(y, marks, 66, 490)]
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
