"""The files or the pipes of a channel as a DMatrix, and what may be asked of them.

A mistake in the data or in its description raises `sagemaker_algorithm_toolkit.exceptions.UserError`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sagemaker_algorithm_toolkit import exceptions as exc

from clary_programs.algorithms.xgboost import content_types
from clary_programs.algorithms.xgboost.channels import MAX_DEPTH, channel_at, read_channel
from clary_programs.algorithms.xgboost.errors import CustomerError
from clary_programs.formats import media
from clary_programs.formats.table import Table, stack
from clary_programs.serving.xgboost_content import dmatrix_of

from . import _first_lines

if TYPE_CHECKING:
    import xgboost

    Paths = str | Path | Sequence[str | Path]

CSV = content_types.SHORT[media.CSV]
LIBSVM = content_types.SHORT[media.LIBSVM]
PARQUET = content_types.SHORT[media.PARQUET]
RECORDIO_PROTOBUF = content_types.SHORT[media.RECORDIO]

MAX_FOLDER_DEPTH = MAX_DEPTH

VALID_CONTENT_TYPES = list(content_types.ACCEPTED)
VALID_PIPED_CONTENT_TYPES = [name for name in VALID_CONTENT_TYPES if "libsvm" not in name]
INVALID_CONTENT_TYPE_ERROR = content_types.INVALID
INVALID_CONTENT_FORMAT_ERROR = (
    "First line '{line_snippet}...' of file '{file_name}' is not '{content_type}' format. "
    "Please ensure the file is in '{content_type}' format."
)


def get_content_type(content_type_cfg_val: str | None) -> str:
    """Return the short name of a channel's content type, `libsvm` where it has none. Raise UserError."""
    if content_type_cfg_val is None:
        return LIBSVM
    with _user_errors():
        return content_types.SHORT[content_types.canonical(content_type_cfg_val)]


def validate_data_file_path(data_path: str, content_type: str) -> None:
    """Look at the first line of every data file; raise UserError where it is not of the content type.

    Parquet and RecordIO-Protobuf are not looked at.
    """
    kind, path = get_content_type(content_type), Path(data_path)
    if not path.exists():
        raise exc.UserError(f"{data_path} is not a valid path!")
    check = {CSV: _first_lines.check_csv, LIBSVM: _first_lines.check_libsvm}.get(kind)
    if check is None:
        return
    for file in _first_lines.data_files(path):
        if (snippet := check(file)) is not None:
            raise exc.UserError(
                INVALID_CONTENT_FORMAT_ERROR.format(
                    line_snippet=snippet, file_name=file.name, content_type=kind.upper()
                )
            )


def get_dmatrix(
    data_path: Paths, content_type: str, csv_weights: int = 0, is_pipe: bool = False
) -> xgboost.DMatrix | None:
    """Return the rows of all paths with their labels, weights and queries; None if there are none.

    Raise UserError.
    """
    paths = [data_path] if isinstance(data_path, str | Path) else data_path
    with _user_errors():
        tables = [_read(Path(path), content_type, csv_weights == 1, is_pipe) for path in paths]
        found = [table for table in tables if table is not None]
        return dmatrix_of(stack(found)) if found else None


def get_csv_dmatrix(path: Paths, csv_weights: int, is_pipe: bool = False) -> xgboost.DMatrix | None:
    """Return the rows of CSV whose first column is the label, and the second the weight if asked for."""
    return get_dmatrix(path, CSV, csv_weights, is_pipe)


def get_libsvm_dmatrix(files_path: Paths, is_pipe: bool = False) -> xgboost.DMatrix | None:
    """Return the rows of LIBSVM files; a pipe is refused."""
    return get_dmatrix(files_path, LIBSVM, is_pipe=is_pipe)


def get_parquet_dmatrix(path: Paths, is_pipe: bool = False) -> xgboost.DMatrix | None:
    """Return the rows of Parquet whose first column is the label."""
    return get_dmatrix(path, PARQUET, is_pipe=is_pipe)


def get_recordio_protobuf_dmatrix(path: Paths, is_pipe: bool = False) -> xgboost.DMatrix | None:
    """Return the rows of RecordIO-Protobuf."""
    return get_dmatrix(path, RECORDIO_PROTOBUF, is_pipe=is_pipe)


def get_size(data_path: str, is_pipe: bool = False) -> int:
    """Return the bytes of all files below a path, 0 if it does not exist; 1 for a pipe that exists.

    Raise UserError for a hidden file.
    """
    if is_pipe and os.path.exists(f"{data_path}_0"):
        return 1
    root = Path(data_path)
    if root.is_file():
        return root.stat().st_size
    files = [path for path in root.rglob("*") if path.is_file()]
    if any(path.name.startswith(".") for path in files):
        raise exc.UserError("Hidden file found in the data path! Remove that before training.")
    return sum(path.stat().st_size for path in files)


def check_data_redundancy(train_path: str, validate_path: str) -> None:
    """Log a warning for each file that both folders have, with the same name and size. Raise UserError."""
    for path, name in ((train_path, "training"), (validate_path, "validation")):
        if not os.path.exists(path):
            raise exc.UserError(f"{name} data's path is not existed")
    for file in sorted(Path(train_path).iterdir()):
        other = Path(validate_path) / file.name
        if file.is_file() and other.is_file() and file.stat().st_size == other.stat().st_size:
            logging.warning("Suspected identical files found. (%s and %s have the same size)", file, other)


def _read(path: Path, content_type: str, weights: bool, is_pipe: bool) -> Table | None:
    channel = channel_at(path, content_type, "Pipe" if is_pipe else "File")
    return read_channel(channel, weights)


@contextmanager
def _user_errors() -> Iterator[None]:
    try:
        yield
    except (CustomerError, ValueError) as error:
        raise exc.UserError(str(error)) from error
