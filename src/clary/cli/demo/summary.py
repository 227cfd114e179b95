"""The results of the demo, as the closing table and as values of the report. Knows no service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from clary.cli.demo.dataset import Source
from clary.cli.demo.monitoring import Monitored
from clary.cli.demo.preparing import Prepared
from clary.cli.demo.report import Call, Confusion, Dataset, DemoReport, Scatter, Score, Serving, Step
from clary.cli.demo.scores import accuracy, auc, confusion, rmse
from clary.cli.demo.serving import Served
from clary.cli.demo.training import Trained
from clary.cli.drawing.numbers import number


@dataclass(frozen=True, slots=True)
class Outcome:
    """All results of a run. `difference` is the largest between endpoint and batch transform."""

    data: Prepared
    trained: Trained
    served: Served
    difference: float
    monitored: Monitored


def scores_of(data: Prepared, served: Served) -> tuple[Score, ...]:
    """Return the model's scores on the held-out rows, next to those of a trivial predictor."""
    if data.is_regression:
        predicted = [answer[0] for answer in served.answers]
        trivial = rmse(data.labels, [data.trivial] * len(data.labels))
        return (Score("Error (RMSE)", rmse(data.labels, predicted), trivial, "mean predictor"),)
    actual, guessed = [int(label) for label in data.labels], classes_of(served)
    most = int(max(data.trivial, key=data.trivial.__getitem__))
    majority = accuracy(actual, [most] * len(actual))
    found = [Score("Accuracy", accuracy(actual, guessed), majority, "majority class", lower_is_better=False)]
    area = auc(actual, [answer[0] for answer in served.answers]) if len(data.classes) == 2 else None
    if area is not None:
        found.append(Score("AUC", area, 0.5, "chance", lower_is_better=False))
    return tuple(found)


def is_better(score: Score) -> bool:
    """Return whether the model beats the trivial predictor."""
    return score.value < score.reference if score.lower_is_better else score.value > score.reference


def classes_of(served: Served) -> list[int]:
    """Return the class of each answer, which is a probability or a list of one probability per class."""
    return [
        int(answer[0] > 0.5) if len(answer) == 1 else max(range(len(answer)), key=answer.__getitem__)
        for answer in served.answers
    ]


def table(outcome: Outcome) -> list[tuple[str, ...]]:
    """Return the closing table."""
    rows = [
        (s.name, number(s.value), f"{s.reference_name} {number(s.reference)}")
        for s in scores_of(outcome.data, outcome.served)
    ]
    served, found = outcome.served, outcome.monitored
    by_check = Counter(item.check for item in found.violations)
    checks = ", ".join(f"{count} {check}" for check, count in by_check.items())
    return [
        *rows,
        (
            "Endpoint against batch",
            number(outcome.difference),
            f"largest difference over {len(served.answers)} rows",
        ),
        (
            "Requests per second",
            f"{served.per_second:.0f}",
            f"one client; median {served.median_ms:.2f} ms, p99 {served.p99_ms:.2f} ms",
        ),
        ("Monitor’s violations", str(len(found.violations)), checks),
    ]


def report(
    outcome: Outcome,
    source: Source,
    endpoint: str,
    steps: tuple[Step, ...],
    calls: Mapping[tuple[str, str], int],
) -> DemoReport:
    """Return the values of the HTML report."""
    data, served = outcome.data, outcome.served
    split = ", ".join(f"{count:,} {name}" for name, count in data.rows.items())
    return DemoReport(
        title=f"Predicting {source.target}",
        created=datetime.now().astimezone().strftime("%d %B %Y, %H:%M"),
        endpoint_url=endpoint,
        dataset=Dataset(
            source.name,
            sum(data.rows.values()),
            len(data.columns),
            source.target,
            data.problem,
            split,
            data.left_out,
        ),
        scores=scores_of(data, served),
        serving=Serving(
            outcome.difference, served.per_second, served.requests, served.median_ms, served.p99_ms
        ),
        steps=steps,
        learning_curve=outcome.trained.curve,
        prediction=_prediction(data, served, source.target),
        drifts=outcome.monitored.drifts,
        violations=outcome.monitored.violations,
        calls=tuple(Call(service, operation, count) for (service, operation), count in calls.items()),
    )


def _prediction(data: Prepared, served: Served, target: str) -> Scatter | Confusion:
    if data.is_regression:
        return Scatter(target, data.labels, tuple(answer[0] for answer in served.answers))
    actual = [int(label) for label in data.labels]
    return Confusion(data.classes, confusion(actual, classes_of(served), len(data.classes)))
