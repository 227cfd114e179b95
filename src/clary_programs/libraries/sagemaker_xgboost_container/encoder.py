"""Request bodies to a DMatrix, and JSON answers to JSON Lines.

Source: aws/sagemaker-xgboost-container, `encoder.py`. A body that cannot be read raises ValueError, an unknown content type
UnsupportedFormatError (415).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from clary_programs.formats import FormatError
from clary_programs.serving import xgboost_content

if TYPE_CHECKING:
    import xgboost
    from numpy.typing import DTypeLike


def csv_to_dmatrix(input: str | bytes, dtype: DTypeLike = None) -> xgboost.DMatrix:
    """Return the rows of CSV without a header; an empty field is a missing value. Raise ValueError.

    The first line decides the delimiter. `dtype` is the type of the array that the matrix is made of.
    """
    with _value_errors():
        return xgboost_content.csv_to_dmatrix(input, dtype)


def libsvm_to_dmatrix(string_like: str | bytes) -> xgboost.DMatrix:
    """Return the rows of LIBSVM text, with labels where the lines have them. Raise ValueError."""
    with _value_errors():
        return xgboost_content.libsvm_to_dmatrix(string_like)


def recordio_protobuf_to_dmatrix(string_like: bytes) -> xgboost.DMatrix:
    """Return the rows of RecordIO-Protobuf, with labels where all records have them. Raise ValueError."""
    with _value_errors():
        return xgboost_content.recordio_protobuf_to_dmatrix(string_like)


def json_to_jsonlines(json_data: Mapping[str, Any] | str | bytes) -> bytes:
    """Return the entries of a JSON object's only list, one a line. Raise ValueError if it has other members."""
    document = json_data if isinstance(json_data, Mapping) else json.loads(json_data)
    if len(document) != 1:
        raise ValueError("JSON response is not compatible for conversion to jsonlines.")
    (entries,) = document.values()
    return "".join(json.dumps(entry) + "\n" for entry in entries).encode()


def decode(obj: str | bytes, content_type: str) -> xgboost.DMatrix:
    """Return the rows of a request; parameters of the content type do not matter.

    Raise UnsupportedFormatError for a content type without a decoder, ValueError for a body that is not of
    it.
    """
    with _value_errors():
        return xgboost_content.decode_dmatrix(obj, content_type)


@contextmanager
def _value_errors() -> Iterator[None]:
    """Turn the readers' error into the ValueError that scripts know."""
    try:
        yield
    except FormatError as error:
        raise ValueError(error.message) from error
