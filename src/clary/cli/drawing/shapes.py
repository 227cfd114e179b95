"""The shapes that charts are made of. Colours are CSS classes of the page; every text is escaped here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from itertools import pairwise

from clary.cli.drawing.numbers import Scale, number


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


def horizontal_grid(
    y: Scale, marks: Sequence[float], left: float, right: float, words: Callable[[float], str] = number
) -> str:
    """Return lines across a chart, each with its number."""
    lines = "".join(line(left, y(mark), right, y(mark), "grid") for mark in marks)
    return lines + "".join(text(left - 8, y(mark) + 4, words(mark), "tick", "end") for mark in marks)


def apart(places: Sequence[float], gap: float) -> list[float]:
    """Return the positions, moved down where two labels would overlap."""
    result = list(places)
    order = sorted(range(len(result)), key=result.__getitem__)
    for upper, lower in pairwise(order):
        result[lower] = max(result[lower], result[upper] + gap)
    return result


def empty(words: str) -> str:
    """Return what stands in the place of a chart."""
    return f'<p class="quiet">{escape(words)}</p>'


def cut(words: str, most: int = 24) -> str:
    """Return a text of at most so many letters."""
    return words if len(words) <= most else f"{words[: most - 1]}…"
