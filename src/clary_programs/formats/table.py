"""The value every reader returns: rows of features, dense or sparse, with labels where the format carries them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


MOST_COLUMNS = 2**31 - 1
"""An index is an int32."""


@dataclass(frozen=True, slots=True)
class Sparse:
    """Compressed sparse rows. `indptr` int64 (rows + 1), `indices` int32 and `values` float32 (stored entries)."""

    indptr: np.ndarray
    indices: np.ndarray
    values: np.ndarray
    columns: int

    @property
    def rows(self) -> int:
        return len(self.indptr) - 1

    def dense(self, fill: float) -> np.ndarray:
        """Return float32 (rows, columns); `fill` stands where nothing is stored (0 or NaN, as the reader's
        model wants)."""
        import numpy as np

        out = np.full((self.rows, self.columns), fill, dtype=np.float32)
        row_of = np.repeat(np.arange(self.rows), np.diff(self.indptr))
        out[row_of, self.indices] = self.values
        return out


@dataclass(frozen=True, slots=True)
class Table:
    """`features`: float32 (rows, columns) or Sparse. `labels`: float32 (rows,) or (rows, n), None where absent.
    `weights`: float32 (rows,), None where absent. `queries`: int64 (rows,), the query that a row to be ranked
    belongs to, None where absent; rows of a query stand together."""

    features: np.ndarray | Sparse
    labels: np.ndarray | None = None
    weights: np.ndarray | None = None
    queries: np.ndarray | None = None

    @property
    def rows(self) -> int:
        if isinstance(self.features, Sparse):
            return self.features.rows
        return int(self.features.shape[0])

    @property
    def columns(self) -> int:
        if isinstance(self.features, Sparse):
            return self.features.columns
        return int(self.features.shape[1])


def split_columns(values: np.ndarray, labels: int, weights: bool = False) -> Table:
    """Return the first `labels` columns are labels, the next one the weight if `weights`, the rest features.

    `values`: float32 (rows, columns). One label gives labels of shape (rows,), none gives None.
    """
    import numpy as np

    start = labels + int(weights)
    label = None if labels == 0 else values[:, 0] if labels == 1 else values[:, :labels]
    return Table(
        np.ascontiguousarray(values[:, start:]),
        None if label is None else np.ascontiguousarray(label),
        np.ascontiguousarray(values[:, labels]) if weights else None,
    )


def group_sizes(queries: np.ndarray) -> np.ndarray:
    """Return how many neighbouring rows name the same query, as uint32; the numbers of queries need not be sorted."""
    import numpy as np

    starts = np.flatnonzero(np.diff(queries)) + 1
    return np.diff(np.concatenate(([0], starts, [len(queries)]))).astype(np.uint32)


def stack(tables: list[Table]) -> Table:
    """Return the rows of all tables in order; a mix of dense and sparse becomes sparse, narrower sparse rows
    are widened.

    Raise ValueError if dense widths differ.
    """

    if len(tables) == 1:
        return tables[0]
    return Table(
        _stack_features([table.features for table in tables]),
        _concatenate([table.labels for table in tables]),
        _concatenate([table.weights for table in tables]),
        _concatenate([table.queries for table in tables]),
    )


def _concatenate(parts: list[np.ndarray | None]) -> np.ndarray | None:
    import numpy as np

    present = [part for part in parts if part is not None]
    if not present:
        return None
    if len(present) != len(parts):
        raise ValueError("some of the data has labels, weights or queries and some has none")
    return np.concatenate(present)


def _stack_features(parts: list[np.ndarray | Sparse]) -> np.ndarray | Sparse:
    import numpy as np

    if not any(isinstance(part, Sparse) for part in parts):
        widths = {part.shape[1] for part in parts}  # type: ignore[union-attr]
        if len(widths) > 1:
            raise ValueError(f"rows differ in number of columns: {sorted(widths)}")
        return np.concatenate(parts)
    rows = [part if isinstance(part, Sparse) else as_sparse(part) for part in parts]
    offsets = np.cumsum([0, *(len(part.values) for part in rows)])
    indptr = [rows[0].indptr[:1], *(part.indptr[1:] + at for part, at in zip(rows, offsets, strict=False))]
    return Sparse(
        np.concatenate(indptr),
        np.concatenate([part.indices for part in rows]),
        np.concatenate([part.values for part in rows]),
        max(part.columns for part in rows),
    )


def as_sparse(values: np.ndarray) -> Sparse:
    """Every value that is not NaN becomes an entry. `values`: float32 (rows, columns)."""
    import numpy as np

    present = ~np.isnan(values)
    indptr = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(np.int64)
    return Sparse(indptr, np.nonzero(present)[1].astype(np.int32), values[present], values.shape[1])
