"""Request bodies into rows as wide as the model: what is read, what is refused, what is filled up."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from clary_programs.algorithms.xgboost import refusals
from clary_programs.formats import FormatError, decode, media, parse_media_type
from clary_programs.formats.csv_text import LARGE, read_rows, sniff_delimiter
from clary_programs.formats.table import Sparse
from clary_programs.serving.api import Invocation

NAN = float("nan")
WIDEST_DENSE = 4096
"""Features up to which sparse rows are spelled out, to be predicted together with everybody else's."""

_KINDS = {
    media.CSV: "csv",
    media.LIBSVM: "libsvm",
    media.RECORDIO: "recordio-protobuf",
    media.PARQUET: "parquet",
}


@dataclass(frozen=True, slots=True)
class Rows:
    """`values`: type 'f', row after row; or `sparse` rows, then `values` is empty."""

    values: array
    count: int
    sparse: Sparse | None = None


def read(invocation: Invocation, features: int) -> Rows:
    """The rows of a request, each of `features` values. Raises Refusal."""
    body, content_type = invocation.body, invocation.content_type
    if not body:
        raise refusals.empty()
    kind = _kind(content_type) if content_type else "libsvm" if b":" in body else "csv"
    try:
        if kind == "csv" and len(body) < LARGE:
            return _small_csv(body, features)
        return _table(body, kind, features)
    except FormatError as error:
        raise refusals.unreadable(kind, error) from None


def _kind(content_type: str) -> str:
    kind = _KINDS.get(parse_media_type(content_type).name)
    if kind is None:
        raise refusals.unknown_type(content_type)
    if kind == "parquet":
        raise refusals.unserved_type(content_type)
    return kind


def _small_csv(body: bytes, features: int) -> Rows:
    if body.isspace():
        raise FormatError("there are no rows")
    if b'"' in body:
        body = body.replace(b'"', b"")
    if b"," in body:
        delimiter = b","
    else:
        delimiter = sniff_delimiter(body.lstrip().split(b"\n", 1)[0]) or b","
    values, width = read_rows(body, delimiter)
    if width == features:
        return Rows(values, len(values) // width)
    _check_width("csv", width, features)
    return Rows(_widened(values, width), len(values) // width)


def _table(body: bytes, kind: str, features: int) -> Rows:
    table = decode(body, kind)
    if not table.rows:
        raise FormatError("there are no rows")
    _check_width(kind, table.columns, features)
    if isinstance(table.features, Sparse):
        sparse = Sparse(table.features.indptr, table.features.indices, table.features.values, features)
        if features > WIDEST_DENSE:
            return Rows(array("f"), sparse.rows, sparse)
        return Rows(_flat(sparse.dense(NAN)), sparse.rows)
    values = _flat(table.features)
    return Rows(values if table.columns == features else _widened(values, table.columns), table.rows)


def _check_width(kind: str, given: int, features: int) -> None:
    """One column may be missing at the end of a row, as the container has it; sparse rows may be narrower."""
    fits = given <= features if kind == "libsvm" else given in (features, features - 1)
    if not fits:
        raise refusals.wrong_width(kind, given, features)


def _flat(values) -> array:
    out = array("f")
    out.frombytes(values.tobytes())
    return out


def _widened(values: array, width: int) -> array:
    """Each row with a missing value at its end."""
    out = array("f")
    for start in range(0, len(values), width):
        out.extend(values[start : start + width])
        out.append(NAN)
    return out
