"""Repeated k-fold cross validation (`_kfold`, `_num_cv_round`): one model a fold and a file of predictions.

Source: aws/sagemaker-xgboost-container, `algorithm_mode/train.py` and `prediction_utils.py`. The shuffle is seeded
by the hyperparameter `seed`, so that a run can be repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from clary_programs.algorithms.xgboost import log
from clary_programs.algorithms.xgboost.boosting import (
    Score,
    Start,
    Surroundings,
    Trained,
    format_scores,
    train,
)
from clary_programs.algorithms.xgboost.errors import CustomerError
from clary_programs.algorithms.xgboost.matrix import Matrix
from clary_programs.algorithms.xgboost.metrics import predicted_labels
from clary_programs.algorithms.xgboost.plan import Plan

if TYPE_CHECKING:
    import numpy as np

PREDICTIONS = "predictions.csv"


def cross_validate(plan: Plan, data: Matrix, output: Path) -> list[Trained]:
    """Train `plan.folds` * `plan.repeats` models; write `predictions.csv` into the folder `output`.

    Raise CustomerError if there are fewer rows than folds.
    """
    import numpy as np

    folds, labels = plan.folds or 0, data.labels
    if folds > data.rows or labels is None:
        raise CustomerError(
            f"Cannot have number of splits n_splits={folds} greater than the number of samples: {data.rows}."
        )
    log.info(f"Run {plan.repeats}-round of {folds}-fold cross validation with {data.rows} rows")
    trained: list[Trained] = []
    record = Record(labels, plan)
    random = np.random.default_rng(plan.seed)
    for repeat in range(plan.repeats):
        assignment = assign(labels, folds, _classifies(plan), random)
        for fold in range(folds):
            log.info(f"Train cross validation fold {fold + 1}")
            inside, outside = np.nonzero(assignment != fold)[0], np.nonzero(assignment == fold)[0]
            held_out = data.select(outside)
            one = train(plan, data.select(inside), held_out, Start(), Surroundings())
            trained.append(one)
            record.add(outside, one.booster.predict(held_out))
        log.info(f"The metrics of round {repeat + 1} cross validation")
        log.line(format_scores(plan.rounds, average([one.scores for one in trained[-folds:]])))
    if plan.repeats > 1:
        log.info(f"The overall metrics of {plan.repeats}-round cross validation")
        log.line(format_scores(plan.rounds, average([one.scores for one in trained])))
    record.save(output / PREDICTIONS)
    return trained


def assign(labels: np.ndarray, folds: int, stratified: bool, random: np.random.Generator) -> np.ndarray:
    """Return int64 (rows,): each row's fold. Folds differ by at most one row, within each class if
    `stratified`."""
    import numpy as np

    order = random.permutation(len(labels))
    if stratified:
        order = order[np.argsort(labels[order], kind="stable")]
    assignment = np.empty(len(labels), dtype=np.int64)
    assignment[order] = np.arange(len(labels)) % folds
    return assignment


def average(runs: Sequence[tuple[Score, ...]]) -> list[Score]:
    """Return the mean of each score over runs that have the same metrics."""
    return [
        (data, name, sum(run[at][2] for run in runs) / len(runs))
        for at, (data, name, _) in enumerate(runs[0])
    ]


def _classifies(plan: Plan) -> bool:
    return plan.objective.startswith(("binary:", "multi:"))


class Record:
    """Held-out predictions of every row over all repeats; saved as `label[,probability],prediction` lines."""

    def __init__(self, labels: np.ndarray, plan: Plan) -> None:
        self._labels = labels
        self._plan = plan
        self._predictions: list[list[float]] = [[] for _ in labels]
        self._probabilities: list[list[float]] = [[] for _ in labels]

    def add(self, rows: np.ndarray, predictions: np.ndarray) -> None:
        """Note the predictions, (rows,) or (rows, classes), of some rows."""
        if not _classifies(self._plan):
            self._note(self._predictions, rows, predictions)
            return
        self._note(self._predictions, rows, predicted_labels(predictions, self._plan.objective))
        self._note(
            self._probabilities, rows, predictions.max(axis=1) if predictions.ndim > 1 else predictions
        )

    def save(self, path: Path) -> None:
        """Mean prediction a row; for classes the mean probability and the class most often predicted."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(",".join(f"{value:f}" for value in row) + "\n" for row in self._rows()))

    def _note(self, notes: list[list[float]], rows: np.ndarray, values: np.ndarray) -> None:
        for row, value in zip(rows.tolist(), values.tolist(), strict=True):
            notes[row].append(value)

    def _rows(self) -> Iterator[tuple[float, ...]]:
        for at, label in enumerate(self._labels.tolist()):
            predictions = self._predictions[at]
            if _classifies(self._plan):
                votes = max(sorted(set(predictions)), key=predictions.count)
                yield label, _mean(self._probabilities[at]), votes
            else:
                yield label, _mean(predictions)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
