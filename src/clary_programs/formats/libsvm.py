"""libsvm text: `label[:weight] [qid:query] index:value …`, one row a line; indices are kept as written."""

from __future__ import annotations

from clary_programs.formats.errors import FormatError
from clary_programs.formats.table import Sparse, Table


def read_libsvm(body: bytes, *, need_label: bool = True) -> Table:
    """Rows as Sparse, with labels and (if any row has one) weights; a row without a weight weighs 1.

    With `need_label` false a line may begin with a feature: then labels are None (requests for inference).
    Queries where every row names one (`qid:n`, for ranking), None where none does. Raises FormatError.
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
    columns = max(indices) + 1 if indices else 0
    features = Sparse(
        np.array(indptr, dtype=np.int64),
        np.array(indices, dtype=np.int32),
        np.array(values, dtype=np.float32),
        columns,
    )
    return Table(
        features,
        np.array(labels, dtype=np.float32) if labels else None,
        np.array(weights, dtype=np.float32) if weighted else None,
        np.array(queries, dtype=np.int64) if queries else None,
    )


def write_libsvm(features: Sparse, labels: list[float]) -> bytes:
    """One line a row, `label index:value …`, in the order stored."""
    indptr, indices, values = features.indptr.tolist(), features.indices.tolist(), features.values.tolist()
    lines = []
    for row, label in enumerate(labels):
        entries = range(indptr[row], indptr[row + 1])
        lines.append(" ".join([repr(label), *(f"{indices[at]}:{values[at]!r}" for at in entries)]))
    return ("\n".join(lines) + "\n").encode()


def _label(token: bytes, line: int) -> tuple[float, float, bool]:
    label, colon, weight = token.partition(b":")
    try:
        return float(label), float(weight) if colon else 1.0, bool(colon)
    except ValueError:
        shown = token[:50].decode("utf-8", "replace")
        raise FormatError(
            f"line {line}: {shown} does not follow LIBSVM label format <label>(:<weight>)."
        ) from None


def _features(
    tokens: list[bytes], line: int, indices: list[int], values: list[float], queries: list[int]
) -> None:
    for token in tokens:
        index, colon, value = token.partition(b":")
        try:
            if index == b"qid":
                queries.append(int(value))
                continue
            if not colon or int(index) < 0:
                raise ValueError
            indices.append(int(index))
            values.append(float(value))
        except ValueError:
            shown = token[:50].decode("utf-8", "replace")
            raise FormatError(f"line {line}: '{shown}' is not <index>:<value>") from None
