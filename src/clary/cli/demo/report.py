"""The demo's report: one self-contained HTML page about a run, without external resources.

A pure function of its dataclasses; knows neither how the run was made nor where the page is stored.
"""

from collections.abc import Sequence
from html import escape

from clary.cli.drawing import page, timeline
from clary.cli.drawing.matrix import confusion_matrix
from clary.cli.drawing.numbers import number, seconds
from clary.cli.drawing.page import breakable, facts, figure, section, tile

from . import report_charts as charts
from .report_facts import (
    Call,
    ColumnDrift,
    Confusion,
    Dataset,
    DemoReport,
    LearningCurve,
    Scatter,
    Score,
    Serving,
    Step,
    Transition,
    Violation,
    column_drift,
)

__all__ = [
    "Call",
    "ColumnDrift",
    "Confusion",
    "Dataset",
    "DemoReport",
    "LearningCurve",
    "Scatter",
    "Score",
    "Serving",
    "Step",
    "Transition",
    "Violation",
    "column_drift",
    "render",
]


def render(report: DemoReport) -> str:
    """Return the page; every value is escaped."""
    sections = (
        _headline(report), _timeline(report.steps), _learning(report),
        _drift(report.drifts), _violations(report.violations), _calls(report.calls),
    )  # fmt: skip
    return page.page(report.title, "Clary demo", _lede(report), sections, _footer(report))


def _lede(report: DemoReport) -> str:
    span = max((step.end for step in report.steps), default=0.0) - _beginning(report.steps)
    data = report.dataset
    return (
        f"{data.problem_type} on {number(data.rows)} rows of {data.name}: "
        f"{len(report.steps)} steps over AWS’s own protocols, start to finish in {seconds(span)}."
    )


def _beginning(steps: Sequence[Step]) -> float:
    return min((step.start for step in steps), default=0.0)


def _headline(report: DemoReport) -> str:
    tiles = [_score_tile(score) for score in report.scores[:2]]
    tiles += _serving_tiles(report.serving)
    found = len(report.violations)
    drifted = sum(drift.distance > drift.threshold for drift in report.drifts)
    tiles.append(tile("Monitor’s violations", number(found), _of_columns(drifted, len(report.drifts))))
    return page.tiles(tiles) + _facts(report)


def _of_columns(drifted: int, total: int) -> str:
    return f"{drifted} of {total} columns drifted" if total else "No drift was measured"


def _score_tile(score: Score) -> str:
    return tile(score.name, number(score.value), _against(score), score.unit)


def _against(score: Score) -> str:
    """Return how much better than the trivial predictor the model is, in escaped words."""
    reference = f"{escape(score.reference_name)}: {number(score.reference)}"
    if score.value == score.reference:
        return f"same as {reference}"
    better = (score.value < score.reference) == score.lower_is_better
    css, word = ("better", "better") if better else ("worse", "worse")
    if not score.reference:
        return f'<span class="{css}">{word}</span> than {reference}'
    change = abs(score.value - score.reference) / abs(score.reference)
    if score.value > score.reference and change > 2:
        return f'<span class="{css}">{score.value / score.reference:.0f} times</span> the {reference}'
    amount = f"{change:.0%} {'lower' if score.value < score.reference else 'higher'}"
    return f'<span class="{css}">{amount}</span> than {reference}'


def _serving_tiles(serving: Serving) -> list[str]:
    tiles = []
    if serving.max_difference is not None:
        why = "identical answers" if serving.max_difference == 0 else "largest difference of an answer"
        tiles.append(tile("Endpoint against batch", number(serving.max_difference), why))
    if serving.requests_per_second is not None:
        tiles.append(tile("Requests", _rounded(serving.requests_per_second), _latency(serving), "/ s"))
    return tiles


def _latency(serving: Serving) -> str:
    if serving.latency_p50_ms is None:
        return f"{number(serving.requests)} requests" if serving.requests else ""
    tail = f", p99 {_rounded(serving.latency_p99_ms)} ms" if serving.latency_p99_ms is not None else ""
    return f"median {_rounded(serving.latency_p50_ms)} ms{tail}"


def _rounded(value: float) -> str:
    """Round to three digits: the fourth would differ in the next run."""
    return number(float(f"{value:.3g}") if abs(value) < 1000 else value)


def _facts(report: DemoReport) -> str:
    data = report.dataset
    rows = [
        ("Dataset", f"{data.name}, {number(data.rows)} rows × {number(data.columns)} columns"),
        ("Target", data.target),
        ("Problem type", data.problem_type),
        ("Rows were used for", data.split),
        ("Columns left out", ", ".join(data.left_out)),
        ("Service endpoint", report.endpoint_url),
    ]
    return facts(rows)


def _timeline(steps: Sequence[Step]) -> str:
    if not steps:
        return ""
    chart = timeline.timeline([_lane(step, _beginning(steps)) for step in steps])
    lede = (
        "Every job as the service reported it. A bar with several shades shows the secondary states in turn."
    )
    return section("What happened, and when", lede, f'<div class="card scroll wide">{chart}</div>')


def _lane(step: Step, beginning: float) -> timeline.Lane:
    spans, start = [], step.start - beginning
    for index, transition in enumerate(step.transitions):
        end = start + transition.seconds
        shade = "c1" if len(step.transitions) == 1 else ("c2", "c3", "c1")[index % 3]
        spans.append(timeline.Span(transition.status, start, end, shade))
        start = end
    whole = timeline.Span(step.status, step.start - beginning, step.end - beginning)
    return timeline.Lane(
        step.name, tuple(spans) or (whole,), _note(step), step.status in ("Failed", "Stopped")
    )


def _note(step: Step) -> str:
    states = " · ".join(f"{item.status} {seconds(item.seconds)}" for item in step.transitions if item.seconds)
    status = "" if step.status in ("", "Completed") else step.status
    return "  ·  ".join(part for part in (status, states, step.detail) if part)


def _learning(report: DemoReport) -> str:
    figures = [_curve_figure(report.learning_curve)] if report.learning_curve else []
    if isinstance(report.prediction, Scatter):
        figures.append(_scatter_figure(report.prediction))
    elif isinstance(report.prediction, Confusion):
        figures.append(_confusion_figure(report.prediction))
    if not figures:
        return ""
    css = "pair" if len(figures) > 1 and not _is_wide(report.prediction) else "single"
    lede = "The curve as the training job logged it; the predictions are of rows kept out of training."
    return section("What the model learnt", lede, f'<div class="{css}">{"".join(figures)}</div>')


def _is_wide(prediction: Scatter | Confusion | None) -> bool:
    """Return whether a confusion matrix has too many classes for half the page."""
    return isinstance(prediction, Confusion) and len(prediction.labels) > 3


def _curve_figure(curve: LearningCurve) -> str:
    pairs = (("train", curve.train, "c1"), ("validation", curve.validation, "c2"))
    series = [charts.Series(name, values, css) for name, values, css in pairs if values]
    ends = ", ".join(f"{item.name} {number(item.values[-1])}" for item in series)
    return figure(
        "Learning curve", f"After the last round: {ends}", charts.line_chart(series, "Round", curve.metric)
    )


def _scatter_figure(scatter: Scatter) -> str:
    chart = charts.scatter(scatter.actual, scatter.predicted, scatter.label)
    return figure(
        "Predicted against actual",
        f"{number(len(scatter.actual))} held-out rows; on the dashed line a prediction is perfect",
        chart,
    )


def _confusion_figure(confusion: Confusion) -> str:
    total = sum(sum(row) for row in confusion.counts)
    return figure(
        "Confusion matrix",
        f"{number(total)} held-out rows; shares are of each actual class",
        confusion_matrix(confusion.labels, confusion.counts),
    )


def _drift(drifts: Sequence[ColumnDrift]) -> str:
    if not drifts:
        return ""
    legend = (
        '<ul class="legend"><li><span class="key k-before"></span>baseline</li>'
        '<li><span class="key k-after"></span>captured</li>'
        '<li><span class="key k-limit"></span>threshold of the distance</li></ul>'
    )
    ordered = sorted(drifts, key=lambda drift: (-drift.distance, drift.name))
    items = "".join(_drift_item(drift) for drift in ordered)
    lede = "What the endpoint was asked, against the training data. The farthest column comes first."
    return section("Drift of each column", lede, f'{legend}<ul class="grid-of-columns">{items}</ul>')


def _drift_item(drift: ColumnDrift) -> str:
    over = drift.distance > drift.threshold
    badge = '<span class="badge bad">▲ drifted</span>' if over else '<span class="badge good">steady</span>'
    words = f"{drift.name}: distance {number(drift.distance)}, threshold {number(drift.threshold)}"
    picture = charts.histogram_pair(
        drift.baseline, drift.captured, drift.ends, f"Distributions of {drift.name}"
    )
    return (
        f"<li><h3><span>{breakable(drift.name)}</span>{badge}</h3>{picture}{charts.gauge(drift.distance, drift.threshold, words)}"
        f'<p class="distance"><span>distance {drift.distance:.3f}</span>'
        f"<span>threshold {number(drift.threshold)}</span></p></li>"
    )


def _violations(found: Sequence[Violation]) -> str:
    title = "Violations"
    if not found:
        return section(title, "The monitor found none.", "")
    rows = "".join(
        f'<tr><th scope="row">{escape(item.feature)}</th><td><code>{escape(item.check)}</code></td>'
        f"<td>{escape(item.description)}</td></tr>"
        for item in found
    )
    head = '<th scope="col">Feature</th><th scope="col">Check</th><th scope="col">Description</th>'
    table = (
        f'<div class="card scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )
    return section(title, "As written to constraint_violations.json by the monitoring job.", table)


def _calls(calls: Sequence[Call]) -> str:
    if not calls:
        return ""
    most = max(call.count for call in calls)
    ordered = sorted(calls, key=lambda call: (-call.count, call.service, call.operation))
    rows = "".join(
        f'<tr><th scope="row"><code>{escape(call.operation)}</code></th><td>{escape(call.service)}</td>'
        f'<td class="n">{number(call.count)}</td>'
        f'<td style="width:34%;vertical-align:middle"><span class="meter" style="width:{_share(call, most):.1f}%"></span></td></tr>'
        for call in ordered
    )
    head = '<th scope="col">Operation</th><th scope="col">Service</th><th scope="col" class="n">Calls</th><td></td>'
    table = (
        f'<div class="card scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )
    total = sum(call.count for call in calls)
    lede = f"{number(total)} requests of {number(len(calls))} operations, sent by an unmodified boto3."
    return section("What was called", lede, table)


def _share(call: Call, most: int) -> float:
    return 100 * call.count / most if most else 0.0


def _footer(report: DemoReport) -> str:
    return f"Made by <code>clary demo</code>, {escape(report.created)}."
