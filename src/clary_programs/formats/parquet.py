"""Parquet files of numeric columns into a float32 array (PyArrow does the reading)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from clary_programs.formats.errors import FormatError

if TYPE_CHECKING:
    import numpy as np


def read_parquet(body: bytes) -> np.ndarray:
    """float32 (rows, columns), columns in file order, null as NaN. Raises FormatError for columns of no number."""
    import numpy as np
    import pyarrow
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(pyarrow.BufferReader(body)).read()
        out = np.empty((table.num_rows, table.num_columns), dtype=np.float32)
        for at, column in enumerate(table.columns):
            out[:, at] = column.cast(pyarrow.float64()).to_numpy()
    except (pyarrow.ArrowException, ValueError) as error:
        raise FormatError(str(error)) from None
    return out


def write_parquet(columns: dict[str, np.ndarray]) -> bytes:
    """A Parquet file of the named columns, each (rows,)."""
    import pyarrow
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(pyarrow.table(columns), sink)
    return sink.getvalue()
