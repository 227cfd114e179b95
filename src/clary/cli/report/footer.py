"""What stands at the end of every page."""

from __future__ import annotations

from datetime import UTC, datetime

from clary.cli.drawing.page import Markup
from clary.cli.report.words import at


def footer() -> Markup:
    """Return when the page was made, and by what."""
    return Markup(f"Made by <code>clary report</code>, {at(datetime.now(UTC))}.")
