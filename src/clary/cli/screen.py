"""Output for people: colours and progress bars on a terminal, plain lines elsewhere. Knows no command."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import TextIO

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_BAR = 24


class Screen:
    """Writes lines to a stream. A temporary line appears on a terminal only."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self.is_terminal = self._stream.isatty()
        self._colours = self.is_terminal and not os.environ.get("NO_COLOR")
        self._live = False

    def paint(self, text: str, *styles: str) -> str:
        """Return text in a style, if colours are allowed (https://no-color.org)."""
        codes = ";".join(_CODES[style] for style in styles)
        return f"\033[{codes}m{text}\033[0m" if self._colours else text

    def line(self, text: str = "") -> None:
        """Print a permanent line."""
        self._end_live()
        print(text, file=self._stream, flush=True)

    def over(self, text: str) -> None:
        """Show a line that the next one replaces; on a terminal only."""
        if self.is_terminal:
            width = _columns() - 1
            print(f"\r\033[K{_cut(text, width)}", end="", file=self._stream, flush=True)
            self._live = True

    def _end_live(self) -> None:
        if self._live:
            print("\r\033[K", end="", file=self._stream)
            self._live = False

    def bar(self, done: int, total: int) -> str:
        """Return a progress bar."""
        share = min(1.0, done / total) if total else 0.0
        full = round(share * _BAR)
        return self.paint("█" * full, "cyan") + self.paint("░" * (_BAR - full), "dim")

    def table(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Print rows with their columns aligned."""
        widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
            self.line("  " + "  ".join(cells).rstrip())


def amount(size: int) -> str:
    """Return a number of bytes in a unit that people read."""
    for unit in ("bytes", "KB", "MB"):
        if size < 1000:
            return f"{size} {unit}"
        size = round(size / 1000)
    return f"{size} GB"


def _columns() -> int:
    try:
        return os.get_terminal_size().columns
    except OSError:
        return 100


def _cut(text: str, width: int) -> str:
    """Cut text to what is visible; escape codes take no room, and a cut line loses them."""
    seen = re.sub(r"\033\[[0-9;]*m", "", text)
    return text if len(seen) <= width else seen[: width - 1] + "…"
