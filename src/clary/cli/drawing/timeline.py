"""Spans of time below one another, over one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from clary.cli.drawing.numbers import Scale, seconds, ticks
from clary.cli.drawing.shapes import cut, empty, line, rect, svg, text

_NOTE_LETTER = 6.6
"""Width of a letter of a note, with some margin: DejaVu Sans, the widest of the page's fonts, at 12 pixels.
"""

_UNITS = ((1, "s"), (60, "min"), (3600, "h"))


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


def timeline(lanes: Sequence[Lane]) -> str:
    """Return lanes below one another over one time axis; the spans of a lane follow each other."""
    end = max((span.end for lane in lanes for span in lane.spans), default=0.0)
    if end <= 0:
        return empty("No step was timed.")
    left, right, row = 196, 936, 46
    x, bottom = Scale(0, end, left, right), 26 + row * len(lanes)
    size, unit = next((one for one in _UNITS if end <= 180 * one[0]), _UNITS[-1])
    marks = [size * mark for mark in ticks(0, end / size, 7)]
    body = [line(x(mark), 22, x(mark), bottom, "grid") for mark in marks]
    body += [text(x(mark), 14, f"{mark / size:g} {unit}", "tick", "middle") for mark in marks]
    body += [_lane(lane, x, 26 + row * index) for index, lane in enumerate(lanes)]
    return svg(1040, bottom + 6, f"Timeline of {len(lanes)} steps over {seconds(end)}", "".join(body))


def _lane(lane: Lane, x: Scale, top: float) -> str:
    first, last = min(s.start for s in lane.spans), max(s.end for s in lane.spans)
    body = [f"<g><title>{escape(lane.name)}</title>{text(0, top + 20, cut(lane.name), 'lane')}</g>"]
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
