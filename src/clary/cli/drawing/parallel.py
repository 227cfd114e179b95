"""Parallel coordinates: one vertical axis for each quantity, one line across them for each thing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from clary.cli.drawing.numbers import number
from clary.cli.drawing.shapes import cut, empty, line, svg, text

_TOP, _BOTTOM, _SIDE, _GAP, _NARROWEST = 64, 330, 70, 150, 960
_MOST_WORDS = 12  # values of an axis of words that are written


@dataclass(frozen=True)
class VerticalAxis:
    """A vertical axis: of numbers between `ends`, on a logarithmic scale if `log`; or of `words`, the first at the lower end."""

    name: str
    ends: tuple[float, float] = (0.0, 1.0)
    log: bool = False
    words: tuple[str, ...] = ()

    def share(self, value: float | str) -> float:
        """Return where a value is, from 0 at the lower end to 1."""
        if isinstance(value, str):
            return self.words.index(value) / (len(self.words) - 1) if len(self.words) > 1 else 0.5
        low, high, value = (self._place(one) for one in (*self.ends, value))
        return min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 0.5

    def _place(self, value: float) -> float:
        return math.log(max(value, 1e-300)) if self.log else value


@dataclass(frozen=True)
class Polyline:
    """A line: its name, its values by the axes' names, and its rank from 0 (worst) to 1 (best)."""

    name: str
    values: Mapping[str, float | str]
    rank: float


def parallel(axes: Sequence[VerticalAxis], polylines: Sequence[Polyline]) -> str:
    """Return the chart, the best polyline drawn last. A polyline that has no value on an axis is interrupted there."""
    if not polylines or not axes:
        return empty("There is nothing to compare.")
    gaps = max(1, len(axes) - 1)
    gap = max(_GAP, (_NARROWEST - 2 * _SIDE) / gaps)  # a narrow drawing would be shown enlarged
    width = round(2 * _SIDE + gap * gaps)
    places = [_SIDE + gap * place for place in range(len(axes))]
    ordered = sorted(polylines, key=lambda polyline: polyline.rank)
    body = [_polyline(axes, places, polyline, polyline is ordered[-1]) for polyline in ordered]
    body += [_axis(axis, x) for axis, x in zip(axes, places, strict=True)]
    said = f"{len(polylines)} lines across {', '.join(axis.name for axis in axes)}"
    return svg(width, _BOTTOM + 34, said, "".join(body))


def _axis(axis: VerticalAxis, x: float) -> str:
    name = f"<g><title>{escape(axis.name)}</title>{text(x, 16, cut(axis.name, 20), 'lane', 'middle')}</g>"
    scale = text(x, 33, "logarithmic", "tick", "middle") if axis.log else ""
    return (
        name + scale + line(x, _TOP, x, _BOTTOM, "base") + (_words(axis, x) if axis.words else _ends(axis, x))
    )


def _ends(axis: VerticalAxis, x: float) -> str:
    low, high = axis.ends
    top = text(x, _TOP - 9, number(high), "tick", "middle") if high > low else ""
    return top + text(x, _BOTTOM + 20, number(low), "tick", "middle")


def _words(axis: VerticalAxis, x: float) -> str:
    shown = axis.words if len(axis.words) <= _MOST_WORDS else (axis.words[0], axis.words[-1])
    return "".join(text(x + 6, _y(axis.share(word)) + 4, cut(word, 16), "tick halo") for word in shown)


def _y(share: float) -> float:
    return _BOTTOM - share * (_BOTTOM - _TOP)


def _polyline(axes: Sequence[VerticalAxis], places: Sequence[float], polyline: Polyline, best: bool) -> str:
    found, path = False, []
    for axis, x in zip(axes, places, strict=True):
        value = polyline.values.get(axis.name)
        if value is None:
            found = False
            continue
        path.append(f"{'L' if found else 'M'}{x:.1f} {_y(axis.share(value)):.1f}")
        found = True
    told = ", ".join(f"{name} {_word(value)}" for name, value in polyline.values.items())
    css = "polyline best" if best else "polyline"
    return (
        f'<path d="{"".join(path)}" class="{css}" style="stroke:{shade(polyline.rank)}">'
        f"<title>{escape(polyline.name)}: {escape(told)}</title></path>"
    )


def shade(rank: float) -> str:
    """Return the colour of a rank between 0 and 1: from the palest that can still be seen to the strongest."""
    return f"color-mix(in srgb,var(--c1) {100 * rank:.0f}%,var(--pale))"


def ranks(values: Sequence[float], lower_is_better: bool) -> list[float]:
    """Return each value's rank from 0 (worst) to 1 (best); equal values have the same one. Ranks, because one outlier would
    make all other values look alike."""
    order = sorted(set(values), reverse=lower_is_better)
    place: dict[float, float] = {value: index / max(1, len(order) - 1) for index, value in enumerate(order)}
    return [place[value] if len(order) > 1 else 1.0 for value in values]


def _word(value: float | str) -> str:
    return value if isinstance(value, str) else number(value)
