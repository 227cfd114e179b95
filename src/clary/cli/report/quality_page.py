"""The parts of a page about model quality: tables, confusion matrix, ROC and precision-recall curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from clary.cli.drawing.matrix import confusion_matrix
from clary.cli.drawing.numbers import number
from clary.cli.drawing.page import Cell, code, figure, figures, section, table, tile, tiles
from clary.cli.drawing.plot import Axis, Line, plot
from clary.cli.report.quality import Confusion, Group

# The metrics that a headline shows, the first four that there are.
_FIRST = (
    "accuracy",
    "auc",
    "f1",
    "precision",
    "recall",
    "rmse",
    "mae",
    "r2",
    "mse",
    "weighted_f1",
    "weighted_recall",
)
_RATES = (0.0, 1.0)
_CURVES = {
    "receiver_operating_characteristic_curve": ("ROC curve", "False positive rate", "True positive rate"),
    "precision_recall_curve": ("Precision-recall curve", "Recall", "Precision"),
}


def headline(found: Sequence[Group]) -> str:
    """Return the tiles of the most usual metrics, "" where there is none."""
    values = {metric.name: metric for group in reversed(found) for metric in group.metrics}
    known = [values[name] for name in _FIRST if name in values and values[name].value is not None][:4]
    made = [tile(_words(one.name), number(one.value or 0.0), _spread(one.deviation)) for one in known]
    return tiles(made) if made else ""


def _spread(deviation: float | None) -> str:
    return f"standard deviation {number(deviation)}" if deviation is not None else ""


def parts(source: str, found: Sequence[Group]) -> Iterator[str]:
    """Yield the sections about the groups of one document."""
    for group in found:
        drawn = [*_confusion(group.confusion), *_curves(group)]
        body = _metrics(group) + _arranged(drawn, group.confusion)
        yield section(_heading(group.name), code(source), body)


def _metrics(group: Group) -> str:
    if not group.metrics:
        return ""
    rows: list[list[Cell]] = [[_words(one.name), one.value, one.deviation] for one in group.metrics]
    return table(["Metric", "Value", "Standard deviation"], rows)


def _arranged(drawn: Sequence[str], confusion: Confusion | None) -> str:
    """Return the figures in pairs; a matrix of many classes has the whole width."""
    wide = 1 if confusion is not None and (len(confusion.labels) > 3 or len(drawn) % 2) else 0
    made = f'<div class="below">{figures(drawn[:wide])}</div>' if wide else ""
    return made + (f'<div class="below">{figures(drawn[wide:])}</div>' if drawn[wide:] else "")


def _confusion(found: Confusion | None) -> Iterator[str]:
    if found is None:
        return
    total = number(sum(sum(row) for row in found.counts))
    rest = f"; {found.left_out} more classes are not shown" if found.left_out else ""
    body = confusion_matrix(found.labels, found.counts)
    yield figure("Confusion matrix", f"{total} rows; shares are of each actual class{rest}", body)


def _curves(group: Group) -> Iterator[str]:
    for name, points in group.curves.items():
        title, across, up = _CURVES[name]
        is_roc = title.startswith("ROC")
        chart = plot([Line(title, points)], Axis(across, _RATES), Axis(up, _RATES), diagonal=is_roc)
        said = f"Area {number(_area(points))}" + (
            "; the dashed line is a guess" if is_roc else f", {number(len(points))} points"
        )
        yield figure(title, said, chart)


def _area(points: Sequence[tuple[float, float]]) -> float:
    """Return the area under a curve by trapezoids."""
    return sum((right[0] - left[0]) * (left[1] + right[1]) / 2 for left, right in pairwise(points))


def _heading(name: str) -> str:
    words = _words(name)
    return words[0].upper() + words[1:] if words else "Metrics"


def _words(name: str) -> str:
    """Return a name of the schema as people write it; another one stays as it is."""
    return name.replace("_", " ").strip() or name
