"""Samplers beside each other on the two functions that papers on Bayesian optimisation use most
(https://www.sfu.ca/~ssurjano/branin.html, https://www.sfu.ca/~ssurjano/hart6.html)."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import median

import numpy as np
import pytest

from clary.services.sagemaker.tuning.search import samplers
from clary.services.sagemaker.tuning.search.ranges import Numeric, Point

TRIALS, SEEDS = 40, 20

_A = np.array([[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]])  # fmt: skip
_P = np.array([[1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
               [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381]]) / 1e4  # fmt: skip
_WEIGHTS = np.array([1, 1.2, 3, 3.2])


def branin(point: Point) -> float:
    x, y = float(point["x"]), float(point["y"])
    bowl = (y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6) ** 2
    return bowl + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10 - 0.397887


def hartmann(point: Point) -> float:
    x = np.array([float(point[f"x{n}"]) for n in range(6)])
    return 3.32237 - float(_WEIGHTS @ np.exp(-np.sum(_A * (x - _P) ** 2, axis=1)))


def _linear(name: str, low: float, high: float) -> Numeric:
    return Numeric(name, low, high, "Linear", whole=False)


FUNCTIONS = {
    "Branin": (branin, (_linear("x", -5, 10), _linear("y", 0, 15))),
    "Hartmann-6": (hartmann, tuple(_linear(f"x{n}", 0, 1) for n in range(6))),
}


def regret(
    strategy: str, function: Callable[[Point], float], ranges: tuple[Numeric, ...], seed: int
) -> float:
    """How far the best of all trials is from the minimum."""
    sampler = samplers.make(strategy, ranges, str(seed), maximizes=False)
    found = []
    for number in range(TRIALS):
        found.append(function(sampler.propose(number)))
        sampler.learn(number, found[-1])
    return min(found)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_bayesian_search_halves_the_regret_of_random_search(name: str) -> None:
    regrets = {
        strategy: median(regret(strategy, *FUNCTIONS[name], seed) for seed in range(SEEDS))
        for strategy in ("Bayesian", "Random")
    }
    assert regrets["Bayesian"] <= regrets["Random"] / 2
