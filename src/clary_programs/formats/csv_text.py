"""CSV of numbers, without a header: a channel's files into float32 arrays, an empty field being a missing value.

Small bodies are read by Python itself, large ones by PyArrow where it is installed (five times as fast). What comes in
a request is read more strictly: see `csv_payload`.
"""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING

from clary_programs.formats.errors import FormatError

if TYPE_CHECKING:
    import numpy as np

LARGE = 64 * 1024
"""Bytes from which importing and starting PyArrow pays."""

_ODD = re.compile(rb'^\xef\xbb\xbf|"|\n\r?\n|^\r?\n')
_DELIMITERS = (b",", b"\t", b";", b"|", b" ")


def sniff_delimiter(line: bytes) -> bytes | None:
    """Return the delimiter of a line: the first of comma, tab, semicolon, bar and blank that it holds; None
    for one column."""
    line = line.strip()
    return next((delimiter for delimiter in _DELIMITERS if delimiter in line), None)


def read_csv(body: bytes, delimiter: bytes | None = None) -> np.ndarray:
    """Return float32 (rows, columns). Blank lines are ignored; without `delimiter`, the first line decides.

    Raise FormatError for a field that is not a number, or for rows of different widths.
    """
    import numpy as np

    body = _plain(body)
    if not body:
        return np.empty((0, 0), dtype=np.float32)
    delimiter = delimiter or sniff_delimiter(body.split(b"\n", 1)[0]) or b","
    large = read_large(body, delimiter)
    if large is not None:
        return as_float32(large)
    values, width = _read_rows(body, delimiter)
    return np.frombuffer(values, dtype=np.float32).reshape(-1, width)


def as_float32(values: np.ndarray) -> np.ndarray:
    """Return float32; a number that is too large for it becomes infinite."""
    import numpy as np

    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def _read_rows(body: bytes, delimiter: bytes) -> tuple[array, int]:
    lines = body.split(b"\n")
    rows = [line.split(delimiter) for line in lines if line and not line.isspace()]
    width = len(rows[0])
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise FormatError(f"line {number} has {len(row)} columns, the first line has {width}")
    return array("f", _numbers([field for row in rows for field in row])), width


def write_csv(rows: np.ndarray) -> bytes:
    """Return one line a row, comma between columns, a newline after each line. `rows`: (rows,) or (rows,
    columns)."""
    listed = rows.tolist()
    lines = (",".join(map(repr, row)) if isinstance(row, list) else repr(row) for row in listed)
    return "".join(line + "\n" for line in lines).encode()


def _plain(body: bytes) -> bytes:
    body = body.strip(b"\r\n")
    if body.startswith(b"\xef\xbb\xbf"):
        body = body[3:]
    return body.replace(b'"', b"") if b'"' in body else body


def _numbers(fields: list[bytes]) -> list[float]:
    try:
        numbers = list(map(float, fields))
    except ValueError:
        return [_number(field) for field in fields]
    # Python alone accepts 1_000 as a number.
    return [_number(field) for field in fields] if any(b"_" in field for field in fields) else numbers


def _number(field: bytes) -> float:
    text = field.strip()
    if not text:
        return float("nan")
    try:
        if b"_" in text:
            raise ValueError
        return float(text)
    except ValueError:
        shown = text[:50].decode("utf-8", "replace")
        raise FormatError(f"could not convert string to float: '{shown}'") from None


def read_large(body: bytes, delimiter: bytes) -> np.ndarray | None:
    """Return float64 (rows, columns) of a large body by PyArrow, an empty field as NaN.

    None where the body is small, PyArrow is not installed, or the text needs a patient reader (and its better
    message): quotes, blank lines, a byte order mark, words.
    """
    if len(body) < LARGE or _ODD.search(body):
        return None
    try:
        import pyarrow
        from pyarrow import csv
    except ImportError:
        return None
    import numpy as np

    width = body.split(b"\n", 1)[0].count(delimiter) + 1
    names = [str(column) for column in range(width)]
    try:
        table = csv.read_csv(
            pyarrow.BufferReader(body),
            read_options=csv.ReadOptions(column_names=names),
            parse_options=csv.ParseOptions(delimiter=delimiter.decode(), quote_char=False),
            # Without a list of its own PyArrow takes NA, null and more for missing values.
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(names, pyarrow.float64()), null_values=[""]
            ),
        )
    except (pyarrow.ArrowInvalid, UnicodeDecodeError):
        return None
    out = np.empty((table.num_rows, width), dtype=np.float64)
    for at, column in enumerate(table.columns):
        out[:, at] = column.to_numpy()
    return out
