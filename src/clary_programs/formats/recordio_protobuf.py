"""`application/x-recordio-protobuf`: framed `Record` messages as a Table, and rows or answers as such a body."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from clary_programs.formats.errors import FormatError, TooWide
from clary_programs.formats.record import Record, Tensor, decode_record, encode_record
from clary_programs.formats.recordio import frame, records
from clary_programs.formats.table import MOST_COLUMNS, Sparse, Table

if TYPE_CHECKING:
    import numpy as np

VALUES = "values"
"""The one key of the feature and label maps of the tabular algorithms."""


def read_recordio_protobuf(body: bytes) -> Table:
    """Dense records as float32 (rows, columns), sparse ones as Sparse; labels where every record has one.

    Raise FormatError for broken frames or messages, differing widths, or a record without `values`.
    """
    decoded = [decode_record(record) for record in records(body)]
    tensors = [_features(record) for record in decoded]
    labels = _labels(decoded)
    if any(tensor.keys or (tensor.shape and not len(tensor.values)) for tensor in tensors):
        return Table(_sparse(tensors), labels)
    return Table(_dense(tensors), labels)


def write_rows(features: np.ndarray | Sparse, labels: np.ndarray | None = None) -> bytes:
    """Return rows as framed records: (rows, columns) dense or Sparse, with one label (rows,) each if given."""
    import numpy as np

    out = []
    for row, tensor in enumerate(_row_tensors(features)):
        label = {} if labels is None else {VALUES: Tensor(np.atleast_1d(labels[row]).astype(np.float32))}
        out.append(frame(encode_record(Record({VALUES: tensor}, label))))
    return b"".join(out)


def write_answers(answers: Iterable[Mapping[str, float | Sequence[float]]]) -> bytes:
    """Return a model's answers, each as a framed record whose `label` map holds every key as float32 values."""
    import numpy as np

    out = []
    for answer in answers:
        label = {key: Tensor(np.atleast_1d(np.asarray(value, np.float32))) for key, value in answer.items()}
        out.append(frame(encode_record(Record(label=label))))
    return b"".join(out)


def _features(record: Record) -> Tensor:
    tensor = record.features.get(VALUES)
    if not isinstance(tensor, Tensor):
        raise FormatError("a record has no tensor named 'values' among its features")
    return tensor


def _labels(decoded: list[Record]) -> np.ndarray | None:
    import numpy as np

    tensors = [record.label.get(VALUES) for record in decoded]
    found = [tensor.values for tensor in tensors if isinstance(tensor, Tensor)]
    if not found:
        return None
    if len(found) != len(tensors) or len({len(values) for values in found}) > 1:
        raise FormatError("some records have labels that others have not")
    stacked = np.stack(found).astype(np.float32)
    return stacked[:, 0] if stacked.shape[1] == 1 else stacked


def _dense(tensors: list[Tensor]) -> np.ndarray:
    import numpy as np

    if not tensors:
        return np.empty((0, 0), dtype=np.float32)
    width = len(tensors[0].values)
    for number, tensor in enumerate(tensors, 1):
        if len(tensor.values) != width:
            raise FormatError(
                f"record {number} has {len(tensor.values)} values, the first record has {width}"
            )
    return _floats(tensors, np.stack)


def _sparse(tensors: list[Tensor]) -> Sparse:
    import numpy as np

    for number, tensor in enumerate(tensors, 1):
        if len(tensor.keys) != len(tensor.values):
            raise FormatError(f"record {number} has {len(tensor.keys)} keys and {len(tensor.values)} values")
    indptr = np.cumsum([0, *(len(tensor.keys) for tensor in tensors)]).astype(np.int64)
    keys = [key for tensor in tensors for key in tensor.keys]
    shapes = [tensor.shape[-1] for tensor in tensors if tensor.shape]
    columns = max([*shapes, max(keys) + 1 if keys else 0])
    if columns > MOST_COLUMNS:
        raise TooWide(columns)
    return Sparse(indptr, np.array(keys, dtype=np.int32), _floats(tensors, np.concatenate), columns)


def _floats(tensors: list[Tensor], join: Callable[[list[np.ndarray]], np.ndarray]) -> np.ndarray:
    """Return float32; a number of float64 that is too large for it becomes infinite."""
    import numpy as np

    with np.errstate(over="ignore"):
        return join([tensor.values for tensor in tensors]).astype(np.float32)


def _row_tensors(features: np.ndarray | Sparse) -> Iterable[Tensor]:
    if not isinstance(features, Sparse):
        yield from (Tensor(row) for row in features)
        return
    for start, end in zip(features.indptr[:-1].tolist(), features.indptr[1:].tolist(), strict=True):
        keys = tuple(features.indices[start:end].tolist())
        yield Tensor(features.values[start:end], keys, (features.columns,))
