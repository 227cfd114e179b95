"""Request bodies to a DMatrix, and JSON answers to JSON Lines.

What the body cannot be read as raises ValueError, an unknown content type UnsupportedFormatError (415).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sagemaker_containers import _content_types, _errors

from clary_programs.formats import FormatError
from clary_programs.formats.csv_text import read_csv
from clary_programs.formats.libsvm import read_libsvm

from ._matrices import dmatrix_of
from .constants import xgb_content_types
from .recordio_protobuf import read_recordio_protobuf

if TYPE_CHECKING:
    import xgboost
    from numpy.typing import DTypeLike


def csv_to_dmatrix(input: str | bytes, dtype: DTypeLike = None) -> xgboost.DMatrix:
    """Return the rows of CSV without a header; an empty field is a missing value. Raises ValueError.

    The first line decides the delimiter. `dtype` is the type of the array that the matrix is made of.
    """
    import xgboost

    with _value_errors():
        values = read_csv(_bytes(input))
    return xgboost.DMatrix(values if dtype is None else values.astype(dtype))


def libsvm_to_dmatrix(string_like: str | bytes) -> xgboost.DMatrix:
    """Return the rows of LIBSVM text, with labels where the lines have them. Raises ValueError."""
    with _value_errors():
        return dmatrix_of(read_libsvm(_bytes(string_like), need_label=False))


def recordio_protobuf_to_dmatrix(string_like: bytes) -> xgboost.DMatrix:
    """Return the rows of RecordIO-Protobuf, with labels where all records have them. Raises ValueError."""
    import xgboost

    features, labels = read_recordio_protobuf(bytes(string_like))
    return xgboost.DMatrix(features, label=labels)


def json_to_jsonlines(json_data: Mapping[str, Any] | str | bytes) -> bytes:
    """Return the entries of a JSON object's only list, one a line. Raises ValueError if it has other members."""
    document = json_data if isinstance(json_data, Mapping) else json.loads(json_data)
    if len(document) != 1:
        raise ValueError("JSON response is not compatible for conversion to jsonlines.")
    (entries,) = document.values()
    return "".join(json.dumps(entry) + "\n" for entry in entries).encode()


def decode(obj: str | bytes, content_type: str) -> xgboost.DMatrix:
    """Return the rows of a request; parameters of the content type do not matter.

    Raises UnsupportedFormatError for a content type without a decoder, ValueError for a body that is not of it.
    """
    # The short names and capital letters that the built-in algorithm takes are not taken here, as on AWS.
    name = content_type.partition(";")[0].strip()
    decoder = _DECODERS.get(name)
    if decoder is None:
        raise _errors.UnsupportedFormatError(name)
    return decoder(obj)


_DECODERS: dict[str, Callable[[Any], Any]] = {
    _content_types.CSV: csv_to_dmatrix,
    xgb_content_types.LIBSVM: libsvm_to_dmatrix,
    xgb_content_types.X_LIBSVM: libsvm_to_dmatrix,
    xgb_content_types.X_RECORDIO_PROTOBUF: recordio_protobuf_to_dmatrix,
}


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else bytes(text)


@contextmanager
def _value_errors() -> Iterator[None]:
    """Turn the readers' error into the ValueError that scripts know."""
    try:
        yield
    except FormatError as error:
        raise ValueError(error.message) from error
