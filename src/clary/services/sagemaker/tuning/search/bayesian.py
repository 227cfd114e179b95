"""Bayesian search: Optuna's TPE over all hyperparameters together. This module alone imports Optuna.

The study is in memory. Before each proposal its sampler is made again, seeded by the tuning job's seed and the number, so
that a study that was built again from the records proposes what the first one would have (docs/decisions/0023-tuning.md).
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from clary.services.sagemaker.tuning.search.ranges import Categorical, Point, Range

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


def _optuna() -> Any:
    """Import Optuna: it may be missing, and only controllers with a Bayesian tuning job need it."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


@cache
def _sampler() -> Any:
    """Return Optuna's sampler, told the space that it otherwise finds out by going through all trials each time."""

    class Sampler(_optuna().samplers.TPESampler):
        def __init__(self, seed: int, space: Mapping[str, BaseDistribution]) -> None:
            # Points of running jobs count as bad ones until they have a result, so that parallel jobs do not crowd.
            super().__init__(seed=seed, constant_liar=True)
            self._whole = {name: one for name, one in sorted(space.items()) if not one.single()}

        def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, BaseDistribution]:
            return self._whole

    return Sampler


def seed_of(seed: str, number: int) -> int:
    """Return the seed of the sampler that proposes the point with this number."""
    return random.Random(f"{seed}/{number}").getrandbits(32)


class Bayesian:
    """A study of Optuna's, which speaks of numbers and texts of the API."""

    def __init__(self, ranges: tuple[Range, ...], seed: str, maximizes: bool) -> None:
        self._ranges = ranges
        self._seed = seed
        self._space = {one.name: distribution_of(one) for one in ranges}
        self._study = _optuna().create_study(direction="maximize" if maximizes else "minimize")
        self._trials: dict[int, int] = {}  # our number -> Optuna's

    def propose(self, number: int) -> Point:
        """Return the point that the sampler thinks best next."""
        self._study.sampler = _sampler()(seed_of(self._seed, number), self._space)
        trial = self._study.ask(self._space)
        self._trials[number] = trial.number
        return {one.name: _written(one, trial.params[one.name]) for one in self._ranges}

    def recall(self, number: int, point: Point) -> None:
        """Add a trial that runs with this point."""
        params = self._read(point)
        if params is not None:
            self._study.add_trial(
                _optuna().trial.create_trial(
                    state=_optuna().trial.TrialState.RUNNING, params=params, distributions=self._space
                )
            )
            self._trials[number] = len(self._study.get_trials(deepcopy=False)) - 1

    def learn(self, number: int, value: float | None) -> None:
        """End the trial with this number, if it is known."""
        trial = self._trials.get(number)
        if trial is None:
            return
        if value is None or not math.isfinite(value):
            self._study.tell(trial, state=_optuna().trial.TrialState.FAIL, skip_if_finished=True)
        else:
            self._study.tell(trial, value, skip_if_finished=True)

    def know(self, point: Point, value: float) -> None:
        """Add the result of an earlier job, if its point lies in today's ranges."""
        params = self._read(point)
        if params is not None:
            self._study.add_trial(
                _optuna().trial.create_trial(params=params, distributions=self._space, value=value)
            )

    def _read(self, point: Point) -> dict[str, Any] | None:
        """Return a point as Optuna has it; None where a value is missing or outside of its range."""
        found = {one.name: _value(one, point.get(one.name, "")) for one in self._ranges}
        return None if any(value is None for value in found.values()) else found


def distribution_of(one: Range) -> BaseDistribution:
    """Return Optuna's word for a range. It has no reverse logarithm: there 1 - x is what it searches."""
    made = _optuna().distributions
    if isinstance(one, Categorical):
        return made.CategoricalDistribution(one.values)
    if one.whole:
        return made.IntDistribution(int(one.low), int(one.high), log=one.scale == "Logarithmic")
    if one.scale == "ReverseLogarithmic":
        return made.FloatDistribution(1 - one.high, 1 - one.low, log=True)
    return made.FloatDistribution(one.low, one.high, log=one.scale == "Logarithmic")


def _is_reversed(one: Range) -> bool:
    return not isinstance(one, Categorical) and one.scale == "ReverseLogarithmic"


def _written(one: Range, value: Any) -> str:
    if isinstance(one, Categorical):
        return value
    return one.written(1 - value if _is_reversed(one) else value)


def _value(one: Range, text: str) -> Any:
    if isinstance(one, Categorical):
        return one.read(text)
    read = one.read(text)
    if read is not None and _is_reversed(one):
        return min(max(1 - read, 1 - one.high), 1 - one.low)
    return int(read) if read is not None and one.whole else read
