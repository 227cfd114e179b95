"""A job's folder and scikit-learn's bundled data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

from tests.programs.algorithms.xgboost.jobs import Job

Data = tuple[np.ndarray, np.ndarray]


def _float32(pair: Data) -> Data:
    return pair[0].astype(np.float32), pair[1].astype(np.float32)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path / "ml").hosts("algo-1", "algo-1")


@pytest.fixture(scope="session")
def diabetes() -> Data:
    return _float32(load_diabetes(return_X_y=True))


@pytest.fixture(scope="session")
def cancer() -> Data:
    return _float32(load_breast_cancer(return_X_y=True))


@pytest.fixture(scope="session")
def iris() -> Data:
    return _float32(load_iris(return_X_y=True))
