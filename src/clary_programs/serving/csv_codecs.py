"""CSV as AWS's two serving libraries read and write it; each family of containers uses one of them.

`TOOLKIT` serves PyTorch and plain Python, `CONTAINERS` scikit-learn and XGBoost scripts. Only the latter
handles quotation marks as CSV does. In both, fields that are not numbers are read as text, which a model then
rejects. Sources: aws/sagemaker-inference-toolkit `decoder.py`, `encoder.py`; aws/sagemaker-containers
`_encoders.py` (2.8.6).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np


class Codec(NamedTuple):
    """Text to an array, and anything like an array to text."""

    read: Callable[[str | bytes], np.ndarray]
    write: Callable[[object], str]


def _generated(data: str | bytes) -> np.ndarray:
    """Read as `numpy.genfromtxt` does: each column has the type of its fields, one row or column one dimension."""
    import numpy as np

    return np.genfromtxt(io.StringIO(_text(data)), dtype=None, delimiter=",", encoding=None)


def _saved(value: object) -> str:
    """Write as `numpy.savetxt` does: fields as they are, without quotes."""
    import numpy as np

    stream = io.StringIO()
    np.savetxt(stream, value, delimiter=",", fmt="%s")
    return stream.getvalue()


def _records(data: str | bytes) -> np.ndarray:
    """Return (rows, columns) of float64, or of text if a field is not a number. Raise ValueError for
    malformed CSV.

    AWS's library returns one dimension for a single row, which scikit-learn's estimators reject; users
    reported that as a bug (aws/sagemaker-containers, issue 273). This is the only difference.
    """
    import numpy as np

    large = _large(data)
    if large is not None:
        return large
    array = read_fields(data)
    try:
        return array.astype(np.float64)
    except ValueError:
        return array


def read_fields(data: str | bytes) -> np.ndarray:
    """Return (rows, columns) of text. Raise ValueError for broken CSV and for rows of different widths."""
    import numpy as np

    return np.array(_rows(_text(data)))


def _large(data: str | bytes) -> np.ndarray | None:
    """Read large tables of numbers with the reader of the built-in algorithms, which is many times as fast."""
    import numpy as np

    from clary_programs.formats.csv_text import read_large

    table = read_large(data.encode() if isinstance(data, str) else data, b",")
    return None if table is None or np.isnan(table).any() else table


def _rows(text: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text), delimiter=",", quotechar='"', doublequote=True, strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise ValueError(f"Error while decoding csv: {error}") from error
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise ValueError(
                f"Error while decoding csv: row {number} has {len(row)} fields, the first row has {len(rows[0])}"
            )
    return rows


def _written(value: object) -> str:
    """Write one line a row; quote a field that holds a comma, a quote or a newline."""
    import numpy as np

    array = np.array(value)
    stream = io.StringIO()
    writer = csv.writer(
        stream, lineterminator="\n", delimiter=",", quotechar='"', doublequote=True, strict=True
    )
    writer.writerows(array.reshape(-1, 1) if array.ndim == 1 else array)
    return stream.getvalue()


def _text(data: str | bytes) -> str:
    return data if isinstance(data, str) else data.decode()


TOOLKIT = Codec(_generated, _saved)
CONTAINERS = Codec(_records, _written)
