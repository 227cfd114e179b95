"""The quick look at data files before training: is the first line of the format that it should be?

Each check returns None, or the beginning of the line that is wrong.
"""

from __future__ import annotations

import logging
from pathlib import Path

from clary_programs.formats.csv_text import sniff_delimiter

SNIPPET = 50


def data_files(path: Path) -> list[Path]:
    """Return a file itself, or the files of a folder whose names begin with neither a dot nor an underscore."""
    if path.is_file():
        return [path]
    return [file for file in sorted(path.rglob("*")) if file.is_file() and file.name[0] not in "._"]


def check_csv(path: Path) -> str | None:
    """Check that the first line has a delimiter."""
    with path.open("rb") as file:
        line = file.readline()
    return None if sniff_delimiter(line) else _snippet(line)


def check_libsvm(path: Path) -> str | None:
    """Return the lines up to the first one with features are `label[:weight] index:value …`."""
    with path.open("rb") as file:
        for line in file:
            features = _features(line)
            if features is None:
                return _snippet(line)
            if features:
                return None
    logging.warning("File %s has no features.", path.name)
    return None


def _features(line: bytes) -> int | None:
    """Return the number of features of a line; None if the line is not LIBSVM."""
    label, *features = line.split() or [b"0"]
    numbers = label.split(b":")
    if len(numbers) > 2 or not all(map(_is_number, numbers)):
        return None
    return len(features) if all(feature.count(b":") == 1 for feature in features) else None


def _is_number(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _snippet(line: bytes) -> str:
    return line[:SNIPPET].decode("utf-8", "replace").rstrip("\n")
