"""From a body and its content type to a Table: which reader reads what. Knows no channel and no model."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from clary_programs.formats import media
from clary_programs.formats.csv_text import read_csv
from clary_programs.formats.errors import FormatError, UnsupportedMediaType
from clary_programs.formats.instances import read_json, read_jsonlines
from clary_programs.formats.libsvm import read_libsvm
from clary_programs.formats.media import MediaType, parse_media_type
from clary_programs.formats.table import Table, split_columns

if TYPE_CHECKING:
    import numpy as np


def decode(body: bytes, content_type: str, *, labels: int | None = None, weights: bool = False) -> Table:
    """Return the rows of `body`.

    For csv, parquet and npy the first `labels` columns are the labels (default: the `label_size` parameter of
    the content type, else none) and with `weights` the next column the weight. libsvm and recordio-protobuf
    say for themselves what is a label. Raise UnsupportedMediaType, or FormatError where the body is not what
    it says.
    """
    kind = parse_media_type(content_type)
    if kind.name == media.LIBSVM:
        return read_libsvm(body, need_label=bool(labels))
    if kind.name in _TABLES:
        return _TABLES[kind.name](body)
    if kind.name not in _COLUMNS:
        raise UnsupportedMediaType(f"{content_type} is not a supported content type")
    values = _COLUMNS[kind.name](body)
    count = _label_size(kind) if labels is None else labels
    if values.size and values.shape[1] < count + int(weights):
        raise FormatError(f"rows have {values.shape[1]} columns, too few to hold labels and weights")
    return split_columns(values, count if values.size else 0, weights and bool(values.size))


def _label_size(kind: MediaType) -> int:
    text = kind.parameters.get("label_size", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise FormatError(f"label_size={text[:50]} is not a whole number that a row can hold")
    return int(text)


def _recordio(body: bytes) -> Table:
    from clary_programs.formats.recordio_protobuf import read_recordio_protobuf

    return read_recordio_protobuf(body)


def _parquet(body: bytes) -> np.ndarray:
    from clary_programs.formats.parquet import read_parquet

    return read_parquet(body)


def _npy(body: bytes) -> np.ndarray:
    from clary_programs.formats.numpy_files import as_rows, read_npy

    return as_rows(read_npy(body))


def _npz(body: bytes) -> np.ndarray:
    from clary_programs.formats.numpy_files import as_rows, read_npz

    arrays = read_npz(body)
    if len(arrays) != 1:
        raise FormatError(f"an npz body must hold one array, this one holds {len(arrays)}")
    return as_rows(next(iter(arrays.values())))


_TABLES: dict[str, Callable[[bytes], Table]] = {
    media.RECORDIO: _recordio,
    media.JSON: read_json,
    media.JSONLINES: read_jsonlines,
}
_COLUMNS: dict[str, Callable[[bytes], np.ndarray]] = {
    media.CSV: read_csv,
    media.PARQUET: _parquet,
    media.NPY: _npy,
    media.NPZ: _npz,
}
