"""CSV in a request for inference, as the XGBoost container reads it in all of its modes.

Every field is a number or empty: quotes, words and blank lines are refused. The delimiter is that of Python's sniffer.
Source: aws/sagemaker-xgboost-container, `encoder.py`: csv_to_dmatrix.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from typing import TYPE_CHECKING

from clary_programs.formats.csv_text import as_float32, read_large
from clary_programs.formats.errors import FormatError

if TYPE_CHECKING:
    import numpy as np

SAMPLE_BYTES = 512
"""How much of the first line the container looks at to find the delimiter."""

_PREFERRED = (",", "\t", ";", " ", ":")
_INFINITE = "Input data contains `inf` or a value too large, while `missing` is not set to `inf`"


def read_csv_payload(body: bytes) -> tuple[array, int]:
    """Return the values as type 'f', row after row, and the number of columns; read small bodies without
    NumPy.

    The caller removes the newline at the end, which would begin another row. Raise FormatError for a field
    that is not a number, rows of different widths, and values that xgboost rejects.
    """
    if not body:
        raise FormatError("Could not determine delimiter")
    delimiter = delimiter_of(body.split(b"\n", 1)[0][:SAMPLE_BYTES].decode("utf-8", "replace")).encode()
    large = read_large(body, delimiter)
    if large is not None:
        return payload_of(as_float32(large)), large.shape[1]
    values, width = _rows(body, delimiter)
    if math.inf in values or -math.inf in values:
        raise FormatError(_INFINITE)
    return values, width


def payload_of(values: np.ndarray) -> array:
    """Return float32 values as type 'f'. Raise FormatError for what xgboost refuses."""
    import numpy as np

    if np.isinf(values).any():
        raise FormatError(_INFINITE)
    out = array("f")
    out.frombytes(np.ascontiguousarray(values).tobytes())
    return out


def delimiter_of(line: str) -> str:
    """Return what `csv.Sniffer` finds in one line without quotes: a preferred delimiter, else the most
    frequent character.

    A letter or a digit means that there is one column; then any delimiter will do, and the container takes
    the comma. Raise FormatError for a line without ASCII characters.
    """
    for delimiter in _PREFERRED:
        if delimiter in line:
            return delimiter
    counts = Counter(character for character in line if character.isascii())
    if not counts:
        raise FormatError("Could not determine delimiter")
    found = max(counts, key=lambda character: (counts[character], character))
    return "," if found.isalnum() else found


def _rows(body: bytes, delimiter: bytes) -> tuple[array, int]:
    rows = [line.split(delimiter) for line in body.split(b"\n")]
    width = len(rows[0])
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise FormatError(f"line {number} has {len(row)} columns, the first line has {width}")
    fields = rows[0] if len(rows) == 1 else [field for row in rows for field in row]
    try:
        return array("f", map(float, fields)), width
    except ValueError:
        return array("f", map(_number, fields)), width


def _number(field: bytes) -> float:
    if not field:
        return math.nan
    try:
        # As text, in which Python takes the digits of any script.
        return float(field.decode())
    except UnicodeDecodeError as error:
        raise FormatError(str(error)) from None
    except ValueError:
        raise FormatError(f"could not convert string to float: {field.decode()[:50]!r}") from None
