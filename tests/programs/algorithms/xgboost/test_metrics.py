"""The container's own metrics against scikit-learn, for any labels, and over hosts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as theirs

from clary_programs.algorithms.xgboost.errors import CustomerError
from clary_programs.algorithms.xgboost.metrics import CLASSIFICATION, predicted_labels, score

ORACLE = {
    "accuracy": theirs.accuracy_score,
    "balanced_accuracy": theirs.balanced_accuracy_score,
    "f1": lambda y, p: theirs.f1_score(y, p, average="macro", zero_division=0),
    "f1_macro": lambda y, p: theirs.f1_score(y, p, average="macro", zero_division=0),
    "precision_macro": lambda y, p: theirs.precision_score(y, p, average="macro", zero_division=0),
    "precision_micro": lambda y, p: theirs.precision_score(y, p, average="micro", zero_division=0),
    "recall_macro": lambda y, p: theirs.recall_score(y, p, average="macro", zero_division=0),
    "recall_micro": lambda y, p: theirs.recall_score(y, p, average="micro", zero_division=0),
}
BINARY = {
    "f1_binary": lambda y, p: theirs.f1_score(y, p, zero_division=0),
    "precision": lambda y, p: theirs.precision_score(y, p, zero_division=0),
    "recall": lambda y, p: theirs.recall_score(y, p, zero_division=0),
}
PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30)


def alone(counts: np.ndarray) -> np.ndarray:
    return counts


def test_every_name_is_tested() -> None:
    assert {*ORACLE, *BINARY} == set(CLASSIFICATION)


@pytest.mark.filterwarnings("ignore")
@given(PAIRS)
@settings(max_examples=50, deadline=None)
def test_many_classes(pairs: list[tuple[int, int]]) -> None:
    labels, predicted = (np.array(column, dtype=np.float32) for column in zip(*pairs, strict=True))
    for name, value in score(list(ORACLE), labels, predicted, "multi:softmax", 4, alone):
        assert value == pytest.approx(ORACLE[name](labels, predicted)), name


@pytest.mark.filterwarnings("ignore")
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_two_classes(pairs: list[tuple[int, int]]) -> None:
    labels, predicted = (np.array(column, dtype=np.float32) for column in zip(*pairs, strict=True))
    for name, value in score(list(BINARY), labels, predicted, "binary:hinge", 2, alone):
        assert value == pytest.approx(BINARY[name](labels, predicted)), name


def test_regression() -> None:
    rng = np.random.default_rng(0)
    labels = rng.normal(size=50).astype(np.float32)
    guesses = (labels + rng.normal(size=50) * 0.1).astype(np.float32)
    assert dict(score(["mse", "r2"], labels, guesses, "reg:squarederror", 2, alone)) == {
        "mse": pytest.approx(theirs.mean_squared_error(labels, guesses)),
        "r2": pytest.approx(theirs.r2_score(labels, guesses)),
    }
    constant = np.ones(3, dtype=np.float32)
    assert score(["r2"], constant, constant, "reg:squarederror", 2, alone) == [("r2", 1.0)]
    assert score(["r2"], constant, constant * 2, "reg:squarederror", 2, alone) == [("r2", 0.0)]


def test_counts_are_added_up_over_hosts() -> None:
    """Two hosts with the same rows: the sums double, the scores stay."""
    labels, predicted = np.array([0, 1, 1], dtype=np.float32), np.array([0, 1, 0], dtype=np.float32)
    here = score(["accuracy", "mse"], labels, predicted, "binary:hinge", 2, alone)
    assert score(["accuracy", "mse"], labels, predicted, "binary:hinge", 2, lambda counts: counts * 2) == here


def test_what_counts_as_a_class() -> None:
    assert predicted_labels(np.array([[0.1, 0.9], [0.6, 0.4]]), "multi:softprob").tolist() == [1, 0]
    assert predicted_labels(np.array([0.4, 0.6]), "binary:logistic").tolist() == [0, 1]
    assert predicted_labels(np.array([-0.1, 0.1]), "binary:logitraw").tolist() == [0, 1]


def test_one_prediction_a_row_is_needed() -> None:
    with pytest.raises(CustomerError, match="one prediction a row"):
        score(["mse"], np.zeros(2, np.float32), np.zeros((2, 3), np.float32), "multi:softprob", 3, alone)
