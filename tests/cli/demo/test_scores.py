"""Measures against scikit-learn's, which is the oracle."""

from __future__ import annotations

import random

import pytest
from sklearn import metrics

from clary.cli.demo import scores


def test_rmse_and_accuracy_are_scikit_learns() -> None:
    actual, predicted = [1.0, 2.0, 4.0], [1.5, 2.0, 2.0]
    assert scores.rmse(actual, predicted) == pytest.approx(metrics.root_mean_squared_error(actual, predicted))
    assert scores.accuracy([0, 1, 1], [0, 0, 1]) == pytest.approx(2 / 3)


def test_auc_is_scikit_learns_ties_included() -> None:
    rng = random.Random(3)
    actual = [rng.randrange(2) for _ in range(200)]
    guesses = [round(rng.random() + 0.3 * label, 1) for label in actual]
    assert scores.auc(actual, guesses) == pytest.approx(metrics.roc_auc_score(actual, guesses))


def test_auc_of_one_class_is_none() -> None:
    assert scores.auc([1, 1], [0.1, 0.2]) is None


def test_confusion_is_scikit_learns() -> None:
    actual, predicted = [0, 1, 2, 2], [0, 2, 2, 1]
    assert scores.confusion(actual, predicted, 3) == tuple(
        map(tuple, metrics.confusion_matrix(actual, predicted))
    )


def test_percentile_is_a_value_that_was_seen() -> None:
    assert scores.percentile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.0
    assert scores.percentile([1.0], 0.99) == 1.0
