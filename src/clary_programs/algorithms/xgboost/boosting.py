"""The training loop: a round, its metrics, the log line, early stopping, what is saved. Knows no channel and no host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clary_programs.algorithms.xgboost import log, metrics
from clary_programs.algorithms.xgboost.booster import Booster
from clary_programs.algorithms.xgboost.matrix import Matrix
from clary_programs.algorithms.xgboost.metric_names import is_maximized
from clary_programs.algorithms.xgboost.plan import Plan

if TYPE_CHECKING:
    import numpy as np

Score = tuple[str, str, float]
"""(data name, metric name, score)"""

SavedRound = Callable[[int, Booster], None]
"""Called after each round with its number and the booster."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin: a model and the rounds it has seen, or nothing."""

    model: bytes | None = None
    rounds: int = 0


def _alone(counts: np.ndarray) -> np.ndarray:
    return counts


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the loop needs of the outside. `speaks`: prints the metrics (one host of several does). `add_up` sums
    counts over hosts."""

    after_round: SavedRound = lambda iteration, booster: None
    add_up: metrics.Sum = _alone
    speaks: bool = True


@dataclass(slots=True)
class Watch:
    """Early stopping: the best score so far. `metric` None means the last one evaluated."""

    patience: int
    metric: str | None
    best: float | None = None
    best_iteration: int = 0

    def stop(self, iteration: int, scores: Sequence[Score], booster: Booster) -> bool:
        """Note a round's validation score with the booster; true when it is time to stop."""
        found = self._find(scores)
        if found is None:
            return False
        name, value = found
        better = self.best is None or (value > self.best if is_maximized(name) else value < self.best)
        if better:
            self.best, self.best_iteration = value, iteration
            _note(booster, self)
        return not better and iteration - self.best_iteration >= self.patience

    def _find(self, scores: Sequence[Score]) -> tuple[str, float] | None:
        judged = [(name, value) for data, name, value in scores if data == "validation"]
        named = [(name, value) for name, value in judged if name == self.metric]
        return named[-1] if named else judged[-1] if judged else None


@dataclass(frozen=True, slots=True)
class Trained:
    """The model and the scores of its last round."""

    booster: Booster
    scores: tuple[Score, ...] = field(default=())


def train(
    plan: Plan, train_data: Matrix, validation: Matrix | None, start: Start, around: Surroundings
) -> Trained:
    """Train `plan.rounds` rounds (less those already seen), or until early stopping. Raise XGBoostError."""
    data = [("train", train_data)]
    if validation is not None:
        data.append(("validation", validation))
    booster = _begin(plan, [matrix for _, matrix in data], start)
    watch = _watch(plan, validation, booster)
    scores: list[Score] = []
    for iteration in range(start.rounds, plan.rounds):
        booster.update(iteration, train_data)
        scores = _evaluate(plan, booster, iteration, data, around)
        if around.speaks:
            log.line(format_scores(iteration, scores))
        stop = watch is not None and watch.stop(iteration, scores, booster)
        around.after_round(iteration, booster)
        if stop:
            break
    return Trained(_best(plan, booster, watch), tuple(scores))


def format_scores(iteration: int, scores: Sequence[Score]) -> str:
    """Return `[5]<tab>train-rmse:1.00000<tab>validation-rmse:2.00000`"""
    return "\t".join([f"[{iteration}]", *(f"{data}-{name}:{value:.5f}" for data, name, value in scores)])


def _begin(plan: Plan, matrices: list[Matrix], start: Start) -> Booster:
    booster = Booster.create(matrices)
    if start.model is not None:
        booster.load(start.model)
    booster.set(plan.parameters)
    return booster


def _watch(plan: Plan, validation: Matrix | None, booster: Booster) -> Watch | None:
    if plan.stop_after is None or validation is None:
        return None
    best, iteration = booster.attribute("best_score"), booster.attribute("best_iteration")
    if best is None or iteration is None:
        return Watch(plan.stop_after, plan.stop_metric)
    return Watch(plan.stop_after, plan.stop_metric, float(best), int(iteration))


def _evaluate(
    plan: Plan, booster: Booster, iteration: int, data: list[tuple[str, Matrix]], around: Surroundings
) -> list[Score]:
    native = booster.evaluate(iteration, data)
    if not plan.own_metrics:
        return native
    out: list[Score] = []
    for name, matrix in data:
        out += [entry for entry in native if entry[0] == name]
        own = metrics.score(
            list(plan.own_metrics),
            matrix.labels,  # type: ignore[arg-type]
            booster.predict(matrix),
            plan.objective,
            plan.classes,
            around.add_up,
        )
        out += [(name, metric, value) for metric, value in own]
    return out


def _best(plan: Plan, booster: Booster, watch: Watch | None) -> Booster:
    """Return the best round's model; a linear booster has no rounds to cut off."""
    if watch is None or watch.best is None or plan.booster == "gblinear":
        return booster
    best = booster.first(watch.best_iteration + 1)
    # Cutting off rounds loses the notes.
    _note(best, watch)
    return best


def _note(booster: Booster, watch: Watch) -> None:
    booster.note("best_score", repr(watch.best))
    booster.note("best_iteration", str(watch.best_iteration))
