"""Parquet files of numeric columns into a float32 array (PyArrow does the reading)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from clary_programs.formats.errors import FormatError

if TYPE_CHECKING:
    import numpy as np

_MAGIC = b"PAR1"
_SEAM = _MAGIC + _MAGIC
"""A file begins and ends with the magic."""


def read_parquet(body: bytes) -> np.ndarray:
    """Return float32 (rows, columns), columns in file order, null as NaN. Raise FormatError for columns of no
    number."""
    import numpy as np
    import pyarrow
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(pyarrow.BufferReader(body)).read()
        out = np.empty((table.num_rows, table.num_columns), dtype=np.float32)
        for at, column in enumerate(table.columns):
            with np.errstate(over="ignore"):
                out[:, at] = column.cast(pyarrow.float64(), safe=False).to_numpy()
    except (pyarrow.ArrowException, ValueError, OSError) as error:
        raise FormatError(str(error)) from None
    return out


def files_of(body: bytes) -> Iterator[bytes]:
    """Yield the Parquet files that lie one after the other in `body`, which by itself reads as the last of
    them.

    What is not whole stays in one piece with what follows, for the reader to refuse.
    """
    start = at = 0
    while (at := body.find(_SEAM, at + 1)) > 0:
        end = at + len(_MAGIC)
        if _is_file(body[start:end]):
            yield body[start:end]
            start = end
    yield body[start:]


def _is_file(piece: bytes) -> bool:
    """Return whether a piece is a whole file: data may contain the separator's bytes, but only a file ends
    with a footer."""
    import pyarrow
    import pyarrow.parquet as pq

    try:
        pq.read_metadata(pyarrow.BufferReader(piece))
    except (pyarrow.ArrowException, OSError):
        return False
    return True


def write_parquet(columns: dict[str, np.ndarray]) -> bytes:
    """Return a Parquet file of the named columns, each (rows,)."""
    import pyarrow
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(pyarrow.table(columns), sink)
    return sink.getvalue()
