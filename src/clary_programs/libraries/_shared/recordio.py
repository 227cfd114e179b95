"""Rows of arrays as framed `Record` messages. No public function, as in AWS's library.

Source: aws/sagemaker-training-toolkit `recordio.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import numpy as np
from scipy.sparse import issparse

from clary_programs.formats.record import Record, Tensor, encode_record
from clary_programs.formats.recordio import frame, records
from clary_programs.formats.recordio_protobuf import VALUES

_TYPES = {np.dtype(int): np.int32, np.dtype(float): np.float64, np.dtype("float32"): np.float32}


def _write_recordio(f: IO[bytes], data: bytes) -> None:
    f.write(frame(data))


def _read_recordio(f: IO[bytes]) -> Iterator[bytes]:
    yield from records(f.read())


def _write_numpy_to_dense_tensor(
    file: IO[bytes], array: np.ndarray, labels: np.ndarray | None = None
) -> None:
    _check(array, labels)
    dtype = _resolve_type(array.dtype)
    for at, row in enumerate(array):
        _write_row(file, Tensor(row.astype(dtype)), labels, at)


def _write_spmatrix_to_sparse_tensor(file: IO[bytes], array: Any, labels: np.ndarray | None = None) -> None:
    if not issparse(array):
        raise TypeError("Array must be sparse")
    _check(array, labels)
    rows, dtype = array.tocsr(), _resolve_type(array.dtype)
    for at in range(rows.shape[0]):
        start, end = rows.indptr[at : at + 2]
        keys = tuple(rows.indices[start:end].tolist())
        _write_row(file, Tensor(rows.data[start:end].astype(dtype), keys, (rows.shape[1],)), labels, at)


def _write_row(file: IO[bytes], features: Tensor, labels: np.ndarray | None, at: int) -> None:
    label = (
        {} if labels is None else {VALUES: Tensor(labels[at : at + 1].astype(_resolve_type(labels.dtype)))}
    )
    _write_recordio(file, encode_record(Record({VALUES: features}, label)))


def _resolve_type(dtype: np.dtype) -> type:
    if dtype not in _TYPES:
        raise ValueError(f"Unsupported dtype {dtype} on array")
    return _TYPES[dtype]


def _check(array: Any, labels: np.ndarray | None) -> None:
    if len(array.shape) != 2:
        raise ValueError("Array must be a Matrix")
    if labels is None:
        return
    if len(labels.shape) != 1:
        raise ValueError("Labels must be a Vector")
    if labels.shape[0] not in array.shape:
        raise ValueError(f"Label shape {labels.shape} not compatible with array shape {array.shape}")
