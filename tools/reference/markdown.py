"""Small pieces of GitHub's Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MADE = "Made by `./run docs`; do not edit.\n"


def code(*words: str) -> str:
    """Return the words as code, with commas between them."""
    return ", ".join(f"`{word}`" for word in words)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table, or nothing where there are no rows."""
    lines = [_row(cells) for cells in rows]
    if not lines:
        return ""
    return "".join([_row(head), "|---" * len(head) + "|\n", *lines])


def section(title: str, body: str, level: int = 2) -> str:
    """Return a heading and what stands below it, or nothing where that is empty."""
    return f"\n{'#' * level} {title}\n\n{body.strip()}\n" if body.strip() else ""


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |\n"
