"""libsvm text: `label[:weight] [qid:query] index:value …`, one row a line; indices are kept as written.

Files of a channel have labels and plain numbers. Requests for inference are read as aws/sagemaker-xgboost-container does
(`serve_utils.py`): only what has a colon is a feature, of which a second colon ends the value, and numbers are what
Python takes for one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from clary_programs.formats.errors import FormatError, TooWide
from clary_programs.formats.table import MOST_COLUMNS, Sparse, Table

if TYPE_CHECKING:
    import numpy as np

Number = TypeVar("Number", int, float)
_INT64 = range(-(2**63), 2**63)


def read_libsvm(body: bytes, *, need_label: bool = True) -> Table:
    """Return rows as Sparse, with labels and (if any row has one) weights; a row without a weight weighs 1.

    With `need_label` false a line may begin with a feature: then labels are None. Queries where every row
    names one (`qid:n`, for ranking), None where none does. Raise FormatError.
    """
    import numpy as np

    labels: list[float] = []
    weights: list[float] = []
    queries: list[int] = []
    indptr, indices, values = [0], [], []
    weighted = False
    for number, line in enumerate(body.split(b"\n"), 1):
        tokens = line.split(b"#", 1)[0].split()
        if not tokens:
            continue
        if need_label or b":" not in tokens[0]:
            label, weight, has_weight = _label(tokens.pop(0), number)
            labels.append(label)
            weights.append(weight)
            weighted |= has_weight
        _features(tokens, number, indices, values, queries)
        indptr.append(len(indices))
    rows = len(indptr) - 1
    if labels and len(labels) != rows:
        raise FormatError("some lines have a label and some have none")
    if queries and len(queries) != rows:
        raise FormatError("not every line has one qid")
    return Table(
        _sparse(indptr, indices, values),
        _floats(labels) if labels else None,
        _floats(weights) if weighted else None,
        np.array(queries, dtype=np.int64) if queries else None,
    )


def read_libsvm_payload(body: bytes) -> Sparse:
    """Return the rows of a request without labels. Raise FormatError, TooWide for an index that no model has."""
    indptr, indices, values = [0], [], []
    for line in _text(body.strip()).split("\n"):
        for token in line.split():
            index, *value = token.split(":")
            if value:
                indices.append(_payload_number(int, index))
                values.append(_payload_number(float, value[0]))
        indptr.append(len(indices))
    if not indices:
        raise FormatError("cannot infer dimensions from zero sized index arrays")
    if min(indices) < 0:
        raise FormatError("negative column index found")
    if max(indices) not in _INT64:
        raise FormatError("Python int too large to convert to C long")
    return _sparse(indptr, indices, values)


def write_libsvm(features: Sparse, labels: list[float]) -> bytes:
    """Return one line a row, `label index:value …`, in the order stored."""
    indptr, indices, values = features.indptr.tolist(), features.indices.tolist(), features.values.tolist()
    lines = []
    for row, label in enumerate(labels):
        entries = range(indptr[row], indptr[row + 1])
        lines.append(" ".join([repr(label), *(f"{indices[at]}:{values[at]!r}" for at in entries)]))
    return ("\n".join(lines) + "\n").encode()


def _sparse(indptr: list[int], indices: list[int], values: list[float]) -> Sparse:
    import numpy as np

    columns = max(indices) + 1 if indices else 0
    if columns > MOST_COLUMNS:
        raise TooWide(columns)
    return Sparse(
        np.array(indptr, dtype=np.int64), np.array(indices, dtype=np.int32), _floats(values), columns
    )


def _floats(values: list[float]) -> np.ndarray:
    """Return float32; a number that is too large for it becomes infinite."""
    import numpy as np

    with np.errstate(over="ignore"):
        return np.array(values, dtype=np.float32)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise FormatError(str(error)) from None


def _payload_number(kind: Callable[[str], Number], text: str) -> Number:
    try:
        return kind(text)
    except ValueError as error:
        # int() quotes the whole text, and does not say more of one that is too long.
        raise FormatError(str(error)[:200]) from None


def _label(token: bytes, line: int) -> tuple[float, float, bool]:
    label, colon, weight = token.partition(b":")
    try:
        return _float(label), _float(weight) if colon else 1.0, bool(colon)
    except ValueError:
        raise FormatError(
            f"line {line}: {_shown(token)} does not follow LIBSVM label format <label>(:<weight>)."
        ) from None


def _features(
    tokens: list[bytes], line: int, indices: list[int], values: list[float], queries: list[int]
) -> None:
    for token in tokens:
        index, colon, value = token.partition(b":")
        try:
            if index == b"qid":
                queries.append(_query(value))
                continue
            if not colon or not index.isdigit():
                raise ValueError
            indices.append(int(index))
            values.append(_float(value))
        except ValueError:
            raise FormatError(f"line {line}: '{_shown(token)}' is not <index>:<value>") from None


def _query(text: bytes) -> int:
    query = int(text)
    if b"_" in text or query not in _INT64:
        raise ValueError
    return query


def _float(text: bytes) -> float:
    """Return a number as C writes it: Python's underscores between digits are none."""
    if b"_" in text:
        raise ValueError
    return float(text)


def _shown(token: bytes) -> str:
    return token[:50].decode("utf-8", "replace")
