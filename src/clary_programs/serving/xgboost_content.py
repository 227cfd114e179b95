"""Request bodies as a DMatrix of the xgboost package: for scripts of the XGBoost image, with and without an `input_fn`.

Source: aws/sagemaker-xgboost-container, `encoder.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from clary_programs.formats import FormatError, media
from clary_programs.formats.csv_payload import read_csv_payload
from clary_programs.formats.libsvm import read_libsvm
from clary_programs.formats.table import Sparse, Table, group_sizes
from clary_programs.serving.content import UnsupportedFormat

if TYPE_CHECKING:
    import numpy as np
    import xgboost
    from numpy.typing import DTypeLike
    from scipy.sparse import csr_matrix


def decode_dmatrix(body: str | bytes, content_type: str) -> xgboost.DMatrix:
    """Return the rows of a request, whatever parameters its content type has.

    Raise UnsupportedFormat (415), FormatError or what xgboost raises.
    """
    # The short names and capital letters that the built-in algorithm takes are not taken here, as on AWS.
    name = content_type.partition(";")[0].strip()
    reader = _READERS.get(name)
    if reader is None:
        raise UnsupportedFormat(name, 415)
    return reader(body)


def csv_to_dmatrix(body: str | bytes, dtype: DTypeLike = None) -> xgboost.DMatrix:
    """Return the rows of CSV, no column of which is a label. Raise FormatError.

    `dtype` is the type of the array that the matrix is made of.
    """
    import numpy as np
    import xgboost

    values, width = read_csv_payload(_bytes(body).rstrip(b"\r\n"))
    rows = np.frombuffer(values, dtype=np.float32).reshape(-1, width)
    return xgboost.DMatrix(rows if dtype is None else rows.astype(dtype))


def libsvm_to_dmatrix(body: str | bytes) -> xgboost.DMatrix:
    """Return the rows of LIBSVM text, with labels where the lines have them. Raise FormatError.

    The built-in algorithm ignores labels (`read_libsvm_payload`); the encoder reads the body as a file
    for training.
    """
    return dmatrix_of(read_libsvm(_bytes(body), need_label=False))


def recordio_protobuf_to_dmatrix(body: str | bytes) -> xgboost.DMatrix:
    """Return the rows of RecordIO-Protobuf, with labels where all records have them. Raise FormatError."""
    return dmatrix_of(read_records(_bytes(body)))


def read_records(body: bytes) -> Table:
    """Return the rows of RecordIO-Protobuf. Raise FormatError, also for a body without records."""
    from clary_programs.formats.recordio_protobuf import read_recordio_protobuf

    table = read_recordio_protobuf(body)
    if not table.rows:
        raise FormatError("No records found in RecordIO-Protobuf data")
    return table


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


def _bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body)


_READERS: dict[str, Callable[[str | bytes], xgboost.DMatrix]] = {
    media.CSV: csv_to_dmatrix,
    media.LIBSVM: libsvm_to_dmatrix,
    "text/x-libsvm": libsvm_to_dmatrix,
    media.RECORDIO: recordio_protobuf_to_dmatrix,
}
