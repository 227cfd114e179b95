"""A confusion matrix as a table whose cells are as strong as their share of the row."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from clary.cli.drawing.numbers import number


def confusion_matrix(labels: Sequence[str], counts: Sequence[Sequence[float]]) -> str:
    """Return the table: a row for each actual class, a column for each predicted one, counts with their share of the row."""
    head = "".join(f'<th scope="col">{escape(label)}</th>' for label in labels)
    rows = "".join(
        f'<tr><th scope="row">{escape(label)}</th>{"".join(_cell(count, sum(row)) for count in row)}</tr>'
        for label, row in zip(labels, counts, strict=True)
    )
    css = " many" if len(labels) > 6 else ""
    return (
        f'<div class="scroll"><table class="matrix{css}"><thead><tr><th scope="col">Actual ↓ Predicted →</th>{head}'
        f"</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cell(count: float, total: float) -> str:
    share = count / total if total else 0.0
    wash = f"color-mix(in srgb,var(--c1) {share * 55:.0f}%,var(--card))"
    css = "" if count else ' class="none"'
    return f'<td{css} style="background:{wash}">{number(count)}<small>{share:.0%}</small></td>'
