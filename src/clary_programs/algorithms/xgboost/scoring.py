"""Predict from rows as fast as the library allows: the hot path of an endpoint.

Dense rows go to the C API as they are in memory, without a DMatrix and without NumPy. A linear booster, or
rows too wide to be made dense, need a DMatrix.
"""

from __future__ import annotations

import ctypes
import json
from array import array
from collections.abc import Sequence

from clary_programs.algorithms.xgboost.artifacts import Model
from clary_programs.algorithms.xgboost.library import (
    FLOATS,
    SHAPE,
    U64,
    XGBoostError,
    check,
    last_error,
    library,
)
from clary_programs.formats.table import Sparse

VOTES = ("multi:softmax", "binary:hinge")
"""Objectives whose prediction is a class: an ensemble votes. Of any other the mean is taken."""


class Predictor:
    """One model, asked on one thread."""

    def __init__(self, model: Model) -> None:
        self._proxy = ctypes.c_void_p()
        self.booster = model.booster
        self.booster.set([("nthread", "1")])
        config = self.booster.config()["learner"]
        self.features = self.booster.features
        self.objective: str = config["objective"]["name"]
        self.classes = int(config["learner_model_param"]["num_class"])
        self.linear = config["gradient_booster"]["name"] == "gblinear"
        self.rounds = _rounds(model, config["gradient_booster"])
        self._predict = library().XGBoosterPredictFromDense
        self._config = json.dumps(
            {
                "type": 0,
                "training": False,
                "iteration_begin": 0,
                "iteration_end": self.rounds,
                "strict_shape": False,
                "cache_id": 0,
                "missing": float("nan"),
            }
        ).encode()
        # A proxy of our own spares the library making one for every call, a third of a single row's time.
        check(library().XGProxyDMatrixCreate(ctypes.byref(self._proxy)))
        self._shape, self._dimensions, self._result = SHAPE(), U64(), FLOATS()
        self._out = (ctypes.byref(self._shape), ctypes.byref(self._dimensions), ctypes.byref(self._result))

    def __del__(self) -> None:
        if self._proxy:
            library().XGDMatrixFree(self._proxy)
            self._proxy = ctypes.c_void_p()

    @property
    def width(self) -> int:
        """Predictions a row."""
        return self.classes if self.objective == "multi:softprob" else 1

    def dense(self, values: array, rows: int) -> list[float]:
        """Return `rows` * `width` predictions. `values`: type 'f', row after row, `features` a row. Raise
        XGBoostError."""
        if self.linear:
            return self._by_matrix(values, rows)
        address, _ = values.buffer_info()
        interface = b'{"data":[%d,true],"shape":[%d,%d],"typestr":"<f4","version":3}' % (
            address,
            rows,
            self.features,
        )
        if self._predict(self.booster.handle, interface, self._config, self._proxy, *self._out):
            raise XGBoostError(last_error())
        return self._result[: rows * self.width]

    def sparse(self, features: Sparse) -> list[float]:
        """Return `rows` * `width` predictions of sparse rows. Raise XGBoostError."""
        from clary_programs.algorithms.xgboost.matrix import matrix_of
        from clary_programs.formats.table import Table

        return self.booster.predict(matrix_of(Table(features)), self.rounds).ravel().tolist()

    def _by_matrix(self, values: array, rows: int) -> list[float]:
        import numpy as np

        from clary_programs.algorithms.xgboost.matrix import matrix_of
        from clary_programs.formats.table import Table

        table = Table(np.frombuffer(values, dtype=np.float32).reshape(rows, self.features))
        return self.booster.predict(matrix_of(table), self.rounds).ravel().tolist()


class Ensemble:
    """One or several models of the same objective and features, answering as one."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._predictors = [Predictor(model) for model in models]
        first = self._predictors[0]
        self.features, self.objective, self.width = first.features, first.objective, first.width
        self.classes, self.pickled = first.classes, models[0].pickled
        if any((other.features, other.width) != (first.features, first.width) for other in self._predictors):
            raise XGBoostError("the models of the ensemble differ in their features or classes")

    def dense(self, values: array, rows: int) -> list[float]:
        """As `Predictor.dense`, combined."""
        if len(self._predictors) == 1:
            return self._predictors[0].dense(values, rows)
        return self._combine([predictor.dense(values, rows) for predictor in self._predictors])

    def sparse(self, features: Sparse) -> list[float]:
        """As `Predictor.sparse`, combined."""
        return self._combine([predictor.sparse(features) for predictor in self._predictors])

    def _combine(self, predictions: list[list[float]]) -> list[float]:
        if len(predictions) == 1:
            return predictions[0]
        if self.objective in VOTES:
            return [_most_common(votes) for votes in zip(*predictions, strict=True)]
        return [sum(values) / len(values) for values in zip(*predictions, strict=True)]


def _most_common(votes: tuple[float, ...]) -> float:
    """Return the smallest of the classes most often voted for."""
    return max(sorted(set(votes)), key=votes.count)


def _rounds(model: Model, gradient_booster: dict) -> int:
    """Return how many rounds to predict with: 0 for all, unless a pickle gives a number of trees."""
    if not model.tree_limit or gradient_booster["name"] == "gblinear":
        return 0
    inner = gradient_booster.get("gbtree", gradient_booster)
    parallel = int(inner.get("gbtree_model_param", {}).get("num_parallel_tree", 1))
    return min(model.tree_limit // max(1, parallel), model.booster.rounds)
