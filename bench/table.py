"""What was measured, beside what was wanted, as lines of a table and as JSON. Measures nothing itself."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Better = Literal["more", "less"]
_RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Goal:
    """Ours as a multiple: at least (`more`) or at most (`less`) `peer` times the best peer and `limit` times the limit.

    None where nothing is asked.
    """

    better: Better
    peer: float | None = None
    limit: float | None = None

    def __str__(self) -> str:
        sign = ">=" if self.better == "more" else "<="
        words = [f"{sign} {self.peer:g}x peer" if self.peer is not None else ""]
        words.append(f"{sign} {self.limit:g}x limit" if self.limit is not None else "")
        return ", ".join(filter(None, words)) or "-"


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of a row: the medians of Clary, of each peer and of the limit, in `unit`."""

    row: int
    work: str
    unit: str
    goal: Goal
    ours: float
    peers: Mapping[str, float] = field(default_factory=dict)
    limit: float | None = None
    note: str = ""

    @property
    def best_peer(self) -> tuple[str, float] | None:
        if not self.peers:
            return None
        choose = max if self.goal.better == "more" else min
        return choose(self.peers.items(), key=lambda item: item[1])

    @property
    def to_peer(self) -> float | None:
        best = self.best_peer
        return self.ours / best[1] if best and best[1] else None

    @property
    def to_limit(self) -> float | None:
        return self.ours / self.limit if self.limit else None

    @property
    def met(self) -> bool | None:
        """Whether every bound holds; None when nothing was asked, or nothing to compare with was there."""
        pairs = ((self.to_peer, self.goal.peer), (self.to_limit, self.goal.limit))
        asked = [(ratio, bound) for ratio, bound in pairs if bound is not None]
        if not asked or any(ratio is None for ratio, _ in asked):
            return None
        if self.goal.better == "more":
            return all(ratio >= bound for ratio, bound in asked if ratio is not None)
        return all(ratio <= bound for ratio, bound in asked if ratio is not None)


def median(values: Sequence[float]) -> float:
    """The median; raises ValueError when nothing was measured."""
    if not values:
        raise ValueError("nothing was measured")
    return statistics.median(values)


def text(lines: Sequence[Line]) -> str:
    """The table as Markdown."""
    head = ["#", "work", "ours", "best peer", "limit", "ours/peer", "ours/limit", "goal", "met"]
    rows = [head, *(_cells(line) for line in lines)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(head))]
    out = [_row(rows[0], widths), "|" + "|".join("-" * (width + 2) for width in widths) + "|"]
    out += [_row(row, widths) for row in rows[1:]]
    notes = [f"({line.row}) {line.work}: {line.note}" for line in lines if line.note]
    return "\n".join([*out, *(["", *notes] if notes else [])])


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"


def _cells(line: Line) -> list[str]:
    best = line.best_peer
    met = {True: "yes", False: "NO", None: "-"}[line.met]
    return [
        str(line.row),
        line.work,
        f"{number(line.ours)} {line.unit}",
        f"{number(best[1])} ({best[0]})" if best else "-",
        number(line.limit),
        number(line.to_peer),
        number(line.to_limit),
        str(line.goal),
        met,
    ]


def number(value: float | None) -> str:
    """Three digits that mean something."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"


def write(lines: Sequence[Line], raw: Mapping[str, Any]) -> Path:
    """Keep a run as JSON in bench/results; its path."""
    _RESULTS.mkdir(exist_ok=True)
    path = _RESULTS / f"{time.strftime('%Y%m%dT%H%M%S')}.json"
    machine = {"cores": os.cpu_count(), "kernel": platform.release(), "python": platform.python_version()}
    shown = [_as_json(line) for line in lines]
    path.write_text(json.dumps({"machine": machine, "lines": shown, "raw": raw}, indent=1) + "\n")
    return path


def _as_json(line: Line) -> dict[str, Any]:
    return {
        "row": line.row,
        "work": line.work,
        "unit": line.unit,
        "ours": line.ours,
        "peers": dict(line.peers),
        "limit": line.limit,
        "to_peer": line.to_peer,
        "to_limit": line.to_limit,
        "goal": str(line.goal),
        "met": line.met,
        "note": line.note,
    }
