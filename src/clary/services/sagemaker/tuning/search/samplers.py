"""Which sampler proposes the points of a strategy. Only Bayesian needs Optuna, an optional dependency."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Protocol

from clary.kernel.errors import not_implemented
from clary.services.sagemaker.tuning.search.bayesian import Bayesian
from clary.services.sagemaker.tuning.search.grid import Grid
from clary.services.sagemaker.tuning.search.random_search import RandomSearch
from clary.services.sagemaker.tuning.search.ranges import Point, Range


class Sampler(Protocol):
    """Proposes points. The same numbers, asked with the same knowledge, give the same points in any process."""

    def propose(self, number: int) -> Point:
        """Return the point of the training job with this number, counted from 0 in its definition."""
        ...

    def recall(self, number: int, point: Point) -> None:
        """Take note of a point that was proposed before, in another process."""
        ...

    def learn(self, number: int, value: float | None) -> None:
        """Take note of what the objective became; None where there is no value."""
        ...

    def know(self, point: Point, value: float) -> None:
        """Take note of a result of an earlier tuning job."""
        ...


def require(strategy: str) -> None:
    """Raise NotImplemented for a strategy whose library is not installed. Nothing is imported for that."""
    if strategy == "Bayesian" and find_spec("optuna") is None:
        raise not_implemented(
            "sagemaker",
            "CreateHyperParameterTuningJob with Strategy Bayesian where Optuna is not installed "
            "(pip install 'clary[tuning]')",
        )


def make(strategy: str, ranges: tuple[Range, ...], seed: str, maximizes: bool) -> Sampler:
    """Return a sampler that knows nothing yet. The first Bayesian one imports Optuna."""
    if strategy == "Grid":
        return Grid(ranges)
    if strategy != "Bayesian":
        return RandomSearch(ranges, seed)
    return Bayesian(ranges, seed, maximizes)
