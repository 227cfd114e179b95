"""The files or the pipe of a channel as a DMatrix."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clary_programs.algorithms.xgboost.channels import channel_at, read_channel
from clary_programs.algorithms.xgboost.matrix import group_sizes
from clary_programs.formats.table import Sparse, Table

if TYPE_CHECKING:
    import numpy as np
    import xgboost
    from scipy.sparse import csr_matrix


def get_dmatrix(
    data_path: str | list[str], content_type: str, csv_weights: int = 0, is_pipe: bool = False
) -> xgboost.DMatrix | None:
    """The rows with their labels, weights and queries; None if there are none. Raises CustomerError."""
    if not isinstance(data_path, str | Path):
        raise TypeError("get_dmatrix takes one path in this environment")
    channel = channel_at(Path(data_path), content_type, "Pipe" if is_pipe else "File")
    table = read_channel(channel, weights=csv_weights == 1)
    return None if table is None else _matrix(table)


def _matrix(table: Table) -> xgboost.DMatrix:
    import xgboost

    matrix = xgboost.DMatrix(_features(table.features), label=table.labels, weight=table.weights)
    if table.queries is not None:
        matrix.set_group(group_sizes(table.queries))
    return matrix


def _features(features: np.ndarray | Sparse) -> np.ndarray | csr_matrix:
    if not isinstance(features, Sparse):
        return features
    from scipy.sparse import csr_matrix

    shape = (features.rows, features.columns)
    return csr_matrix((features.values, features.indices, features.indptr), shape=shape)
