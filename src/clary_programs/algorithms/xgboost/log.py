"""The program's log lines, in the container's form, on standard output at once."""

from __future__ import annotations

import sys
import time


def info(message: str) -> None:
    """`[2026-01-31:12:00:00:INFO] message`"""
    _write("INFO", message)


def warning(message: str) -> None:
    """`[2026-01-31:12:00:00:WARNING] message`"""
    _write("WARNING", message)


def line(text: str) -> None:
    """Print the text as it is: a line of metrics."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _write(level: str, message: str) -> None:
    line(f"[{time.strftime('%Y-%m-%d:%H:%M:%S', time.gmtime())}:{level}] {message}")
