"""CSV of numbers, without a header: bodies and files into float32 arrays, an empty field being a missing value.

Small bodies are read by Python itself, large ones by PyArrow where it is installed (five times as fast).
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from clary_programs.formats.errors import FormatError

if TYPE_CHECKING:
    import numpy as np

LARGE = 64 * 1024
"""Bytes from which importing and starting PyArrow pays."""

_DELIMITERS = (b",", b"\t", b";", b"|", b" ")


def sniff_delimiter(line: bytes) -> bytes | None:
    """The delimiter of a line: the first of comma, tab, semicolon, bar and blank that it holds; None for one column."""
    line = line.strip()
    return next((delimiter for delimiter in _DELIMITERS if delimiter in line), None)


def read_csv(body: bytes, delimiter: bytes | None = None) -> np.ndarray:
    """float32 (rows, columns). Blank lines are passed over; `delimiter` None means: look at the first line.

    Raises FormatError for a field that is no number or rows of different widths.
    """
    import numpy as np

    body = _plain(body)
    if not body:
        return np.empty((0, 0), dtype=np.float32)
    delimiter = delimiter or sniff_delimiter(body.split(b"\n", 1)[0]) or b","
    if len(body) >= LARGE:
        large = _read_large(body, delimiter)
        if large is not None:
            return large
    values, width = read_rows(body, delimiter)
    return np.frombuffer(values, dtype=np.float32).reshape(-1, width)


def read_rows(body: bytes, delimiter: bytes) -> tuple[array, int]:
    """The values of a small body row after row, and the number of columns, without NumPy. Raises FormatError."""
    lines = body.strip(b"\r\n").split(b"\n")
    if len(lines) == 1:
        fields = lines[0].split(delimiter)
        return array("f", _numbers(fields)), len(fields)
    rows = [line.split(delimiter) for line in lines if line and not line.isspace()]
    width = len(rows[0])
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise FormatError(f"line {number} has {len(row)} columns, the first line has {width}")
    return array("f", _numbers([field for row in rows for field in row])), width


def write_csv(rows: np.ndarray) -> bytes:
    """One line a row, comma between columns, a newline after each line. `rows`: (rows,) or (rows, columns)."""
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
        return list(map(float, fields))
    except ValueError:
        return [_number(field) for field in fields]


def _number(field: bytes) -> float:
    text = field.strip()
    if not text:
        return float("nan")
    try:
        return float(text)
    except ValueError:
        shown = text[:50].decode("utf-8", "replace")
        raise FormatError(f"could not convert string to float: '{shown}'") from None


def _read_large(body: bytes, delimiter: bytes) -> np.ndarray | None:
    """By PyArrow; None where it is not installed or the text needs the patient reader (and its better message)."""
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
            convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pyarrow.float32())),
        )
    except pyarrow.ArrowInvalid:
        return None
    out = np.empty((table.num_rows, width), dtype=np.float32)
    for at, column in enumerate(table.columns):
        out[:, at] = column.to_numpy()
    return out
