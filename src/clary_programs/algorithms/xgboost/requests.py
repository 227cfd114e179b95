"""Request bodies into rows as wide as the model: what is read, what is refused, what is filled up.

Source: aws/sagemaker-xgboost-container, `algorithm_mode/serve_utils.py`: parse_content_data and predict.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clary_programs.algorithms.xgboost import inference_errors
from clary_programs.algorithms.xgboost.content_types import SHORT, canonical
from clary_programs.algorithms.xgboost.errors import CustomerError
from clary_programs.formats import FormatError
from clary_programs.formats.csv_payload import payload_of, read_csv_payload
from clary_programs.formats.errors import TooWide
from clary_programs.formats.libsvm import read_libsvm_payload
from clary_programs.formats.table import Sparse
from clary_programs.serving.api import Invocation

if TYPE_CHECKING:
    import numpy as np

NAN = float("nan")
WIDEST_DENSE = 4096
"""Features up to which sparse rows are spelled out, to be predicted together with everybody else's."""


@dataclass(frozen=True, slots=True)
class Rows:
    """`values`: type 'f', row after row; or `sparse` rows, then `values` is empty."""

    values: array
    count: int
    sparse: Sparse | None = None


@dataclass(frozen=True, slots=True)
class Width:
    """How many features the model has, and whether it was a pickle."""

    features: int
    pickled: bool = False

    def check(self, kind: str, given: int) -> None:
        """Raise InferenceError for rows of `given` features that the model cannot take.

        The container compares widths for a pickled model only, of which the last column may be absent; a row of
        libsvm may have one column more, which no tree looks at. With any other model xgboost itself takes rows that
        are narrower and refuses wider ones.
        """
        if not self.pickled:
            if given > self.features:
                raise inference_errors.too_wide(given, self.features)
        elif kind == "libsvm":
            if given > self.features + 1:
                raise inference_errors.wrong_width(kind, given, self.features)
        elif given not in (self.features, self.features - 1):
            raise inference_errors.wrong_width(kind, given, self.features)


def read(invocation: Invocation, width: Width) -> Rows:
    """Return the rows of a request, each as wide as the model. Raise InferenceError."""
    if not invocation.body:
        raise inference_errors.empty()
    kind = _kind(invocation)
    try:
        return _READERS[kind](invocation.body, width)
    except TooWide as error:
        width.check(kind, error.columns)
        raise
    except FormatError as error:
        raise inference_errors.unreadable(kind, error) from None


def _kind(invocation: Invocation) -> str:
    if not invocation.content_type:
        return "libsvm" if b":" in invocation.body else "csv"
    try:
        kind = SHORT[canonical(invocation.content_type)]
    except CustomerError as error:
        raise inference_errors.unsupported(str(error)) from None
    if kind not in _READERS:
        raise inference_errors.unserved_type(invocation.content_type)
    return kind


def _csv(body: bytes, width: Width) -> Rows:
    values, given = read_csv_payload(body.strip())
    width.check("csv", given)
    return Rows(_widened(values, given, width.features), len(values) // given)


def _libsvm(body: bytes, width: Width) -> Rows:
    return _sparse("libsvm", read_libsvm_payload(body), width)


def _recordio(body: bytes, width: Width) -> Rows:
    from clary_programs.formats.recordio_protobuf import read_recordio_protobuf

    table = read_recordio_protobuf(body)
    if not table.rows:
        raise FormatError("there are no rows")
    if isinstance(table.features, Sparse):
        return _sparse("recordio-protobuf", table.features, width)
    width.check("recordio-protobuf", table.columns)
    return Rows(_widened(payload_of(table.features), table.columns, width.features), table.rows)


_READERS = {"csv": _csv, "libsvm": _libsvm, "recordio-protobuf": _recordio}


def _sparse(kind: str, given: Sparse, width: Width) -> Rows:
    width.check(kind, given.columns)
    payload_of(given.values)
    features = width.features
    if given.columns > features:
        given = _without_last(given)
    sparse = Sparse(given.indptr, given.indices, given.values, features)
    if features > WIDEST_DENSE:
        return Rows(array("f"), sparse.rows, sparse)
    return Rows(payload_of(sparse.dense(NAN)), sparse.rows)


def _without_last(rows: Sparse) -> Sparse:
    """Without the entries of the last column."""
    import numpy as np

    kept = rows.indices < rows.columns - 1
    counts: np.ndarray = np.concatenate(([0], np.cumsum(kept)))
    return Sparse(counts[rows.indptr], rows.indices[kept], rows.values[kept], rows.columns - 1)


def _widened(values: array, width: int, features: int) -> array:
    """Each row with missing values at its end."""
    if width == features:
        return values
    out, missing = array("f"), array("f", [NAN]) * (features - width)
    for start in range(0, len(values), width):
        out += values[start : start + width]
        out += missing
    return out
