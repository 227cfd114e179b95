"""What a script of the XGBoost image gets where it has no `input_fn`: a DMatrix.

Source: aws/sagemaker-xgboost-container, `encoder.py`: decode.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from clary_programs.formats.csv_payload import read_csv_payload
from clary_programs.formats.libsvm import read_libsvm
from clary_programs.formats.table import Sparse, Table
from clary_programs.serving.content import UnsupportedFormat, media_type

if TYPE_CHECKING:
    import numpy as np
    import xgboost


def decode_dmatrix(body: bytes, content_type: str) -> xgboost.DMatrix:
    """The rows of `body`. Raises UnsupportedFormat (415), FormatError or what xgboost raises."""
    import xgboost

    reader = _READERS.get(media_type(content_type))
    if reader is None:
        raise UnsupportedFormat(content_type, 415)
    table = reader(body)
    return xgboost.DMatrix(_features(table.features), label=table.labels, weight=table.weights)


def _csv(body: bytes) -> Table:
    import numpy as np

    values, width = read_csv_payload(body)
    return Table(np.frombuffer(values, dtype=np.float32).reshape(-1, width))


def _recordio(body: bytes) -> Table:
    from clary_programs.formats.recordio_protobuf import read_recordio_protobuf

    return Table(read_recordio_protobuf(body).features)


def _libsvm(body: bytes) -> Table:
    return read_libsvm(body, need_label=False)


_READERS: dict[str, Callable[[bytes], Table]] = {
    "text/csv": _csv,
    "text/libsvm": _libsvm,
    "text/x-libsvm": _libsvm,
    "application/x-recordio-protobuf": _recordio,
}


def _features(features: np.ndarray | Sparse) -> object:
    if not isinstance(features, Sparse):
        return features
    from scipy.sparse import csr_matrix

    shape = (features.rows, features.columns)
    return csr_matrix((features.values, features.indices, features.indptr), shape=shape)
