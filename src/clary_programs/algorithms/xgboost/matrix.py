"""A DMatrix: libxgboost's own form of features, labels, weights and queries."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from clary_programs.algorithms.xgboost.library import U64, array_interface, check, library
from clary_programs.formats.table import Sparse, Table, group_sizes

if TYPE_CHECKING:
    import numpy as np

_CONFIG = b'{"missing":NaN,"nthread":0}'


class Matrix:
    """Owns a DMatrix handle. `labels` keeps a copy of the labels for metrics that xgboost does not know."""

    def __init__(self, handle: ctypes.c_void_p, labels: np.ndarray | None) -> None:
        self.handle = handle
        self.labels = labels

    def __del__(self) -> None:
        if self.handle:
            library().XGDMatrixFree(self.handle)
            self.handle = ctypes.c_void_p()

    @property
    def rows(self) -> int:
        return _count(library().XGDMatrixNumRow, self.handle)

    @property
    def columns(self) -> int:
        return _count(library().XGDMatrixNumCol, self.handle)

    def select(self, rows: np.ndarray) -> Matrix:
        """Return the matrix of some rows, in the order of their indices."""
        import numpy as np

        chosen = np.ascontiguousarray(rows, dtype=np.int32)
        handle = ctypes.c_void_p()
        check(
            library().XGDMatrixSliceDMatrixEx(
                self.handle, chosen.ctypes.data_as(ctypes.c_void_p), len(chosen), ctypes.byref(handle), 0
            )
        )
        return Matrix(handle, None if self.labels is None else self.labels[chosen])


def matrix_of(table: Table) -> Matrix:
    """Return a Matrix with the table's features, labels, weights and queries; NaN and what a sparse row
    leaves out is missing."""
    handle = _sparse(table.features) if isinstance(table.features, Sparse) else _dense(table.features)
    matrix = Matrix(handle, table.labels)
    for field, values in ((b"label", table.labels), (b"weight", table.weights)):
        if values is not None:
            _set(matrix, field, values)
    if table.queries is not None:
        _set(matrix, b"group", group_sizes(table.queries))
    return matrix


def _set(matrix: Matrix, field: bytes, values: np.ndarray) -> None:
    check(library().XGDMatrixSetInfoFromInterface(matrix.handle, field, interface_of(values)))


def interface_of(values: np.ndarray) -> bytes:
    """Return a C-contiguous array's interface JSON; the array must outlive its use."""
    return array_interface(values.ctypes.data, values.shape, values.dtype.str)


def _dense(features: np.ndarray) -> ctypes.c_void_p:
    import numpy as np

    values = np.ascontiguousarray(features, dtype=np.float32)
    handle = ctypes.c_void_p()
    check(library().XGDMatrixCreateFromDense(interface_of(values), _CONFIG, ctypes.byref(handle)))
    return handle


def _sparse(features: Sparse) -> ctypes.c_void_p:
    handle = ctypes.c_void_p()
    arrays = map(interface_of, (features.indptr, features.indices, features.values))
    check(library().XGDMatrixCreateFromCSR(*arrays, features.columns, _CONFIG, ctypes.byref(handle)))
    return handle


def _count(function: object, handle: ctypes.c_void_p) -> int:
    out = U64()
    check(function(handle, ctypes.byref(out)))  # type: ignore[operator]
    return out.value
