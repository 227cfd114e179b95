"""Arrays to JSON, CSV, NPY and RecordIO-Protobuf, and back.

Source: aws/sagemaker-training-toolkit `encoders.py`. One thing differs: NPY with pickled objects is refused.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from clary_programs.serving import content
from clary_programs.serving.content import from_json as json_to_numpy
from clary_programs.serving.content import from_npy as npy_to_numpy
from clary_programs.serving.content import to_json as array_to_json
from clary_programs.serving.content import to_npy as array_to_npy
from clary_programs.serving.csv_codecs import CONTAINERS, read_fields
from clary_programs.toolkit.errors import ClientError

from . import content_types

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import DTypeLike


def csv_to_numpy(string_like: str | bytes, dtype: DTypeLike = None) -> np.ndarray:
    """Return the array of CSV, without dimensions of length 1.

    Numbers become float64; if one field is not a number, all stay text. Raise ClientError for malformed CSV,
    and for text if `dtype` is given.
    """
    try:
        array = (CONTAINERS.read if dtype is None else read_fields)(string_like).squeeze()
    except ValueError as error:
        raise ClientError(str(error)) from error
    if dtype is None:
        return array
    try:
        return array.astype(dtype)
    except ValueError as error:
        raise ClientError(f"Error while writing numpy array: {error}. dtype is: {dtype}") from error


def array_to_csv(array_like: Any) -> str:
    """Return CSV, a line a row; the values of a flat array have a line each. Raise ClientError."""
    try:
        return CONTAINERS.write(array_like)
    except csv.Error as error:
        raise ClientError(f"Error while encoding csv: {error}") from error


def array_to_recordio_protobuf(array_like: Any, labels: Any = None) -> bytes:
    """Return rows, dense or a sparse matrix of SciPy, and their labels as RecordIO-Protobuf."""
    from scipy.sparse import issparse

    from . import recordio

    rows = array_like.reshape(1, -1) if len(array_like.shape) == 1 else array_like
    buffer = io.BytesIO()
    if issparse(rows):
        recordio._write_spmatrix_to_sparse_tensor(buffer, rows, labels)
    else:
        recordio._write_numpy_to_dense_tensor(buffer, rows, labels)
    return buffer.getvalue()


ENCODERS = {
    content_types.NPY: array_to_npy,
    content_types.CSV: array_to_csv,
    content_types.JSON: array_to_json,
}
DECODERS = {
    content_types.NPY: npy_to_numpy,
    content_types.CSV: csv_to_numpy,
    content_types.JSON: json_to_numpy,
}


def decode(obj: Any, content_type: str) -> np.ndarray:
    """Return the array of a request. Raise UnsupportedFormatError (415)."""
    return content.choose(DECODERS, content_type, 415)(obj)


def encode(array_like: Any, content_type: str) -> str | bytes:
    """Return the array as the content type has it. Raise UnsupportedFormatError (406)."""
    return content.choose(ENCODERS, content_type, 406)(array_like)
