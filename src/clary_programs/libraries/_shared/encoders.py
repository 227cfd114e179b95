"""Arrays to JSON, CSV, NPY and RecordIO-Protobuf, and back.

Source: aws/sagemaker-training-toolkit `encoders.py`. One thing differs: NPY with pickled objects is refused, because
reading it would run what the sender wrote.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from clary_programs.serving.content import UnsupportedFormat
from clary_programs.toolkit.errors import ClientError

from . import content_types

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import DTypeLike


def array_to_npy(array_like: Any) -> bytes:
    """Return an NPY file."""
    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, np.asarray(array_like), allow_pickle=False)
    return buffer.getvalue()


def npy_to_numpy(npy_array: bytes) -> np.ndarray:
    """Return the array of an NPY file. Raises ValueError for one of pickled objects."""
    import numpy as np

    return np.load(io.BytesIO(npy_array), allow_pickle=False)


def array_to_json(array_like: Any) -> str:
    """Return JSON; arrays become lists."""
    return json.dumps(array_like, default=_as_list)


def json_to_numpy(string_like: str | bytes, dtype: DTypeLike = None) -> np.ndarray:
    """Return the array of a JSON list."""
    import numpy as np

    return np.array(json.loads(string_like), dtype=dtype)


def csv_to_numpy(string_like: str | bytes, dtype: DTypeLike = None) -> np.ndarray:
    """Return the array of CSV, without dimensions of length 1.

    Numbers become float64; with a field that is no number all of them stay text. Raises ClientError for CSV that is
    broken, and for text where a `dtype` is asked for.
    """
    import numpy as np

    text = string_like.decode() if isinstance(string_like, bytes) else string_like
    try:
        array = np.array(list(csv.reader(io.StringIO(text), strict=True))).squeeze()
    except (csv.Error, ValueError) as error:
        raise ClientError(f"Error while decoding csv: {error}") from error
    try:
        return array.astype(dtype)
    except ValueError as error:
        if dtype is None:
            return array
        raise ClientError(f"Error while writing numpy array: {error}. dtype is: {dtype}") from error


def array_to_csv(array_like: Any) -> str:
    """Return CSV, a line a row; the values of a flat array have a line each. Raises ClientError."""
    import numpy as np

    array = np.array(array_like)
    stream = io.StringIO()
    try:
        csv.writer(stream, lineterminator="\n", strict=True).writerows(
            array.reshape(-1, 1) if array.ndim == 1 else array
        )
    except csv.Error as error:
        raise ClientError(f"Error while encoding csv: {error}") from error
    return stream.getvalue()


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
    """Return the array of a request. Raises UnsupportedFormatError (415)."""
    decoder = DECODERS.get(content_type.partition(";")[0].strip())
    if decoder is None:
        raise UnsupportedFormat(content_type, 415)
    return decoder(obj)


def encode(array_like: Any, content_type: str) -> str | bytes:
    """Return the array as the content type has it. Raises UnsupportedFormatError (406)."""
    encoder = ENCODERS.get(content_type.partition(";")[0].strip())
    if encoder is None:
        raise UnsupportedFormat(content_type, 406)
    return encoder(array_like)


def _as_list(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
