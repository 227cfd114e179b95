"""A job's folder, a served model, and scikit-learn's bundled data."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import xgboost
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

from clary_programs.algorithms.xgboost.serve import create
from tests.programs.algorithms.xgboost.jobs import Job
from tests.programs.algorithms.xgboost.served import Make

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


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Trains a model of some data and serves it; returns the handler and xgboost's own booster."""

    def build(
        data: Data,
        environ: dict[str, str] | None = None,
        rounds: int = 10,
        form: str = "ubj",
        **parameters: object,
    ):
        booster = xgboost.train(parameters, xgboost.DMatrix(*data), rounds)
        saved = pickle.dumps(booster) if form == "pickle" else booster.save_raw(form)
        (tmp_path / "xgboost-model").write_bytes(saved)
        return create(tmp_path, environ or {}), booster

    return build
