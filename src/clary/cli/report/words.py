"""Words that all reports share: times, statuses, what a failure looks like."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from clary.cli.drawing.page import Markup, badge, code, shown
from clary.cli.pipelines.states import duration, moment

_GOOD = frozenset({"Completed", "Succeeded", "Approved", "Active"})
_BAD = frozenset({"Failed", "Rejected"})


def status(word: str) -> Markup:
    """Return a status as a badge; the word says what the colour says."""
    kind = "good" if word in _GOOD else "bad" if word in _BAD else ""
    return badge(word, kind)


def failure(reason: str | None, status: str = "Failed") -> str:
    """Return a program's reason of failure in a frame of its own, "" without one."""
    if not reason:
        return ""
    return (
        f'<div class="failure" role="note"><strong>{escape(status)}:</strong> {escape(reason[:4000])}</div>'
    )


def at(found: datetime | None) -> str:
    """Return a time, "" without one."""
    return moment(found) if found else ""


def took(begun: datetime | None, ended: datetime | None) -> str:
    """Return how long something took, "" where it has not begun or not ended."""
    return duration((ended - begun).total_seconds()) if begun and ended else ""


def joined(*parts: str | Markup) -> Markup:
    """Return parts in a line, without those that are empty."""
    return Markup(" · ".join(shown(part) for part in parts if part))


def uri(text: Any) -> Markup | None:
    """Return an address in a monospaced font, None without one."""
    return code(str(text)) if text else None
