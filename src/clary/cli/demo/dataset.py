"""The demo's data, a CSV file with a header: scikit-learn's diabetes data, or the user's own.

Finds the delimiter and the target column; what the columns mean is left to the processing job.
"""

from __future__ import annotations

import csv
import difflib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clary.cli.errors import CliError

_SAMPLE = 64 * 1024
_FEWEST_ROWS = 40
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Source:
    """A CSV as UTF-8 text with a header. `bundled` says that it is the built-in data."""

    name: str
    content: bytes
    delimiter: str
    target: str
    bundled: bool = False


def bundled() -> Source:
    """Return diabetes progression of 442 patients (Efron et al., Least Angle Regression, 2004; part of
    scikit-learn)."""
    from sklearn.datasets import load_diabetes

    found: Any = load_diabetes(scaled=False)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*found.feature_names, "progression"])
    for row, label in zip(found.data.tolist(), found.target.tolist(), strict=True):
        writer.writerow([*row, label])
    return Source("scikit-learn’s diabetes set", text.getvalue().encode(), ",", "progression", bundled=True)


def from_file(path: Path, target: str) -> Source:
    """Return a user's file. Raise CliError if it cannot be read, lacks the column or has too few rows."""
    text = _text(path)
    if not text.strip():
        raise CliError(f"{path.name} is empty")
    delimiter = _delimiter(text)
    try:
        _check(path.name, csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True), target)
    except csv.Error as error:
        raise CliError(f"{path.name} is not a CSV file: {error}") from None
    return Source(path.name, text.encode(), delimiter, target)


def _check(name: str, rows: Any, target: str) -> None:
    """Raise CliError for a table that a model cannot learn from. `rows` is a reader at its beginning."""
    header = [column.strip() for column in next(rows, [])]
    if target not in header:
        raise CliError(f"{name} has no column {target!r}{_meant(target, header)}; it has: {_listed(header)}")
    if len(set(header)) != len(header):
        raise CliError(f"{name} has two columns of one name; the first line must hold the columns' names")
    count = 0
    for row in rows:
        if len(row) > len(header):
            raise CliError(
                f"{name}, line {rows.line_num}: {len(row)} values, and the first line names {len(header)} columns"
            )
        count += bool(row)
    if count < _FEWEST_ROWS:
        raise CliError(f"{name} has {count} rows of data; the demo needs {_FEWEST_ROWS} to learn and to test")


def _meant(target: str, header: list[str]) -> str:
    """Return the column that was probably meant, if only its case or a few letters differ."""
    folded = {column.casefold(): column for column in header}
    close = difflib.get_close_matches(target.casefold(), folded, 1, 0.75)
    return f" (did you mean {folded[close[0]]!r}?)" if close else ""


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CliError(f"{path} cannot be read: {error.strerror}") from None
    if b"\0" in content[:_SAMPLE]:
        raise CliError(f"{path.name} is not a CSV file: it holds binary data")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _delimiter(text: str) -> str:
    """Return the delimiter found in the first lines; if the sniffer fails, the most frequent candidate in the
    first line."""
    first = text.split("\n", 1)[0]
    try:
        return csv.Sniffer().sniff(text[:_SAMPLE].rpartition("\n")[0] or first, _DELIMITERS).delimiter
    except csv.Error:
        return max(_DELIMITERS, key=first.count)


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:20])
    return f"{shown} and {len(names) - 20} more" if len(names) > 20 else shown
