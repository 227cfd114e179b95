"""Hyperband: many training jobs begin, and at growing numbers of epochs only the best go on.

The brackets run asynchronously: a job is judged when it reaches a rung, against all jobs that have reached it so far
(L. Li et al., "A System for Massively Parallel Hyperparameter Tuning", 2020, for the asynchronous form). An epoch is a
value of the objective metric in the job's output, as in AWS's. Knows no training job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from clary.kernel.errors import validation

_REDUCTION = 3  # of three jobs that reach a rung, one goes on
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HyperbandStrategyConfig.html
MOST_RESOURCE = 20_000
_INFERRED = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")

Curves = Mapping[int, Sequence[float]]
"""The values of the objective, epoch by epoch, of each training job by its number."""


def resources(config: Mapping[str, Any], static: Mapping[str, str]) -> tuple[int, int]:
    """Return the least and the most epochs of a training job. Raise ValidationException where the most is neither said nor
    one of the static hyperparameters, or the two contradict each other."""
    said = config.get("StrategyConfig", {}).get("HyperbandStrategyConfig", {})
    most = said.get("MaxResource") or _inferred(static)
    least = said.get("MinResource", 1)
    if most is None:
        raise validation(
            "MaxResource parameter is not provided and could not be inferred from provided static hyperparameters of "
            "TrainingJobDefinition."
        )
    if most > MOST_RESOURCE:
        raise validation(f"MaxResource [{most}] must not exceed {MOST_RESOURCE}.")
    if least > most:
        raise validation(f"MinResource [{least}] must be less than or equal to MaxResource [{most}].")
    return least, most


def _inferred(static: Mapping[str, str]) -> int | None:
    found = (static[name].strip('"') for name in _INFERRED if name in static)
    return next((int(text) for text in found if text.isdecimal() and 0 < int(text) <= MOST_RESOURCE), None)


def rungs(least: int, most: int, bracket: int) -> list[int]:
    """Return after how many epochs the jobs of a bracket are judged. Each bracket leaves out one more of the first rungs."""
    found, at = [], least * _REDUCTION**bracket
    while at < most:
        found.append(at)
        at *= _REDUCTION
    return found


@lru_cache(maxsize=4096)
def bracket_of(least: int, most: int, number: int) -> int:
    """Return the bracket of the job with this number (from 0). The bracket that stops earliest gets the most jobs: each third
    one of them is in the next bracket instead, each third one of those in the one after it. So all brackets have their share
    however few jobs there are, and what learns slowly is not always stopped."""
    last, bracket, turn = len(rungs(least, most, 0)), 0, number + 1
    while bracket < last and turn % _REDUCTION == 0:
        turn //= _REDUCTION
        bracket += 1
    return bracket


def stops(curves: Curves, number: int, maximizes: bool, least: int, most: int) -> bool:
    """Return whether a running job is to be stopped now: it has all its epochs, or it is not among the best third of its
    bracket at the last rung that it reached."""
    epochs = len(curves.get(number, ()))
    if epochs >= most:
        return True
    bracket = bracket_of(least, most, number)
    reached = [rung for rung in rungs(least, most, bracket) if rung <= epochs]
    if not reached:
        return False
    rung = reached[-1]
    rivals = [
        curve[rung - 1]
        for other, curve in curves.items()
        if len(curve) >= rung and bracket_of(least, most, other) == bracket
    ]
    own = curves[number][rung - 1]
    better = sum(value > own if maximizes else value < own for value in rivals)
    return better >= max(1, len(rivals) // _REDUCTION)
