"""From rows that a reader returned to a DMatrix of the xgboost package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clary_programs.algorithms.xgboost.matrix import group_sizes
from clary_programs.formats.table import Sparse, Table

if TYPE_CHECKING:
    import numpy as np
    import xgboost
    from scipy.sparse import csr_matrix


def dmatrix_of(table: Table) -> xgboost.DMatrix:
    """Return the features with the labels, weights and queries that the table has."""
    import xgboost

    matrix = xgboost.DMatrix(array_of(table.features), label=table.labels, weight=table.weights)
    if table.queries is not None:
        matrix.set_group(group_sizes(table.queries))
    return matrix


def array_of(features: np.ndarray | Sparse) -> np.ndarray | csr_matrix:
    """Return dense features as they are, sparse ones as a matrix of SciPy."""
    if not isinstance(features, Sparse):
        return features
    from scipy.sparse import csr_matrix

    shape = (features.rows, features.columns)
    return csr_matrix((features.values, features.indices, features.indptr), shape=shape)
