"""A Booster: one model, to be trained round by round, saved, loaded and asked."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from clary_programs.algorithms.xgboost.library import FLOATS, SHAPE, U64, check, library
from clary_programs.algorithms.xgboost.matrix import Matrix

if TYPE_CHECKING:
    import numpy as np


class Booster:
    """Owns a booster handle. Not safe for use from two threads at once."""

    def __init__(self, handle: ctypes.c_void_p) -> None:
        self.handle = handle

    def __del__(self) -> None:
        if self.handle:
            library().XGBoosterFree(self.handle)
            self.handle = ctypes.c_void_p()

    @classmethod
    def create(cls, matrices: Sequence[Matrix] = ()) -> Booster:
        """Return an untrained booster; the matrices are cached, for they will be evaluated every round."""
        handle = ctypes.c_void_p()
        handles = (ctypes.c_void_p * len(matrices))(*(matrix.handle for matrix in matrices))
        check(library().XGBoosterCreate(handles, len(matrices), ctypes.byref(handle)))
        return cls(handle)

    def load(self, model: bytes) -> None:
        """Take over a model in xgboost's JSON or UBJSON form. Raise XGBoostError."""
        check(library().XGBoosterLoadModelFromBuffer(self.handle, model, len(model)))

    def save(self, form: str = "ubj") -> bytes:
        """Return the model as UBJSON (`ubj`, what xgboost reads from a file without a suffix) or `json`."""
        size, data = U64(), ctypes.c_void_p()
        config = json.dumps({"format": form}).encode()
        check(
            library().XGBoosterSaveModelToBuffer(self.handle, config, ctypes.byref(size), ctypes.byref(data))
        )
        return ctypes.string_at(data.value or 0, size.value)

    def set(self, parameters: Iterable[tuple[str, str]]) -> None:
        """Set parameters; `eval_metric` may come several times."""
        for name, value in parameters:
            check(library().XGBoosterSetParam(self.handle, name.encode(), value.encode()))

    def config(self) -> dict[str, Any]:
        """xgboost's internal configuration."""
        size, text = U64(), ctypes.c_char_p()
        check(library().XGBoosterSaveJsonConfig(self.handle, ctypes.byref(size), ctypes.byref(text)))
        return json.loads(text.value or b"{}")

    def update(self, iteration: int, matrix: Matrix) -> None:
        """Train one round. Raise XGBoostError."""
        check(library().XGBoosterUpdateOneIter(self.handle, iteration, matrix.handle))

    def evaluate(
        self, iteration: int, matrices: Sequence[tuple[str, Matrix]]
    ) -> list[tuple[str, str, float]]:
        """Return (data name, metric name, score) of each metric xgboost itself computes, matrix after matrix."""
        handles = (ctypes.c_void_p * len(matrices))(*(matrix.handle for _, matrix in matrices))
        names = (ctypes.c_char_p * len(matrices))(*(name.encode() for name, _ in matrices))
        text = ctypes.c_char_p()
        check(
            library().XGBoosterEvalOneIter(
                self.handle, iteration, handles, names, len(matrices), ctypes.byref(text)
            )
        )
        entries = (entry.rsplit(":", 1) for entry in (text.value or b"").decode().split("\t")[1:])
        return [(*name.split("-", 1), float(score)) for name, score in entries]  # type: ignore[misc]

    def predict(self, matrix: Matrix, rounds: int = 0) -> np.ndarray:
        """Return float32 (rows,) or (rows, classes), of the first `rounds` rounds or (0) of all."""
        import numpy as np

        config = {
            "type": 0,
            "training": False,
            "iteration_begin": 0,
            "iteration_end": rounds,
            "strict_shape": False,
        }
        shape, dimensions, result = SHAPE(), U64(), FLOATS()
        check(
            library().XGBoosterPredictFromDMatrix(
                self.handle,
                matrix.handle,
                json.dumps(config).encode(),
                ctypes.byref(shape),
                ctypes.byref(dimensions),
                ctypes.byref(result),
            )
        )
        sizes = tuple(shape[: dimensions.value])
        if 0 in sizes:
            return np.empty(sizes, dtype=np.float32)
        return np.ctypeslib.as_array(result, shape=sizes).copy()

    def first(self, rounds: int) -> Booster:
        """Return a booster of the first `rounds` rounds only. Raise XGBoostError for linear boosters."""
        handle = ctypes.c_void_p()
        check(library().XGBoosterSlice(self.handle, 0, rounds, 1, ctypes.byref(handle)))
        return Booster(handle)

    @property
    def rounds(self) -> int:
        out = ctypes.c_int()
        check(library().XGBoosterBoostedRounds(self.handle, ctypes.byref(out)))
        return out.value

    @property
    def features(self) -> int:
        out = U64()
        check(library().XGBoosterGetNumFeature(self.handle, ctypes.byref(out)))
        return out.value

    def attribute(self, name: str) -> str | None:
        """Return a note kept with the model."""
        value, found = ctypes.c_char_p(), ctypes.c_int()
        check(
            library().XGBoosterGetAttr(self.handle, name.encode(), ctypes.byref(value), ctypes.byref(found))
        )
        return (value.value or b"").decode() if found.value else None

    def note(self, name: str, value: str) -> None:
        """Keep a note with the model."""
        check(library().XGBoosterSetAttr(self.handle, name.encode(), value.encode()))
