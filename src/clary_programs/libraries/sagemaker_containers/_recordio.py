"""Rows of arrays as framed `Record` messages. No public function, as in AWS's library."""

from clary_programs.libraries._shared.recordio import (
    _read_recordio,
    _write_numpy_to_dense_tensor,
    _write_recordio,
    _write_spmatrix_to_sparse_tensor,
)

__all__ = [
    "_read_recordio",
    "_write_numpy_to_dense_tensor",
    "_write_recordio",
    "_write_spmatrix_to_sparse_tensor",
]
