"""Rows of Parquet as structures, read by pyarrow a batch at a time.

Source: "Supported Parquet types" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-data-types.html).
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import IO, Any

from clary_programs.agents.select.sql.failures import Failure
from clary_programs.agents.select.sql.timestamps import DAY, SECOND, Timestamp

_CODECS = ("UNCOMPRESSED", "SNAPPY", "GZIP")
_ROWS = 1000
_IN_MEMORY = 64 << 20


def spare_file() -> IO[bytes]:
    """Return a file without a name, for what cannot be kept in memory."""
    import tempfile  # here, since queries of CSV and JSON do without

    return tempfile.TemporaryFile()


def records(
    pieces: Iterator[bytes], start: int, end: int | None, spare: IO[bytes] | None = None
) -> Iterator[Any]:
    """Yield the rows of the row groups that begin in a range. Raise Failure.

    More than 64 MiB are kept in `spare`, without which all is kept in memory.
    """
    import pyarrow as pa
    from pyarrow import parquet

    file = _kept(pieces, spare)
    try:
        yield from _rows(parquet.ParquetFile(file), start, end)
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        raise Failure("ParquetParsingError") from None


def _kept(pieces: Iterator[bytes], spare: IO[bytes] | None) -> IO[bytes]:
    """Return the whole object, to be read anywhere."""
    file: IO[bytes] = io.BytesIO()
    for piece in pieces:
        if spare is not None and file is not spare and file.tell() > _IN_MEMORY:
            file.seek(0)
            shutil.copyfileobj(file, spare)
            file = spare
        file.write(piece)
    file.seek(0)
    return file


def _rows(file: Any, start: int, end: int | None) -> Iterator[Any]:
    _check_types(file.schema)
    groups = [n for n in range(file.metadata.num_row_groups) if _begins_in(_group(file, n), start, end)]
    for batch in file.iter_batches(batch_size=_ROWS, row_groups=groups):
        for row in batch.to_pylist():
            yield {name: _value(value) for name, value in row.items()}


def _check_types(schema: Any) -> None:
    for number in range(len(schema)):
        if schema.column(number).physical_type == "INT96":  # "saved as an INT(96) are unsupported"
            raise Failure("UnsupportedParquetType", "(INT96)")


def _group(file: Any, number: int) -> int:
    """Return where a row group begins. Raise where it is compressed in a way that AWS does not read."""
    group = file.metadata.row_group(number)
    columns = [group.column(n) for n in range(group.num_columns)]
    for column in columns:
        if column.compression not in _CODECS:
            raise Failure("ParquetUnsupportedCompressionCodec", f"({column.compression})")
    return min((c.dictionary_page_offset or c.data_page_offset for c in columns), default=0)


def _begins_in(at: int, start: int, end: int | None) -> bool:
    return at >= start and (end is None or at <= end)


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        offset = value.utcoffset()
        minutes = 0 if offset is None else int(offset.total_seconds() // 60)
        fraction = f"{value.microsecond:06}".rstrip("0")
        return Timestamp(value.replace(tzinfo=None, microsecond=0), SECOND, minutes, fraction)
    if isinstance(value, date):
        return Timestamp(datetime(value.year, value.month, value.day), DAY)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list):
        return [_value(item) for item in value]
    if isinstance(value, tuple):  # an entry of a map, which the file has as a list of structures
        return {"key": _value(value[0]), "value": _value(value[1])}
    if isinstance(value, dict):
        return {name: _value(item) for name, item in value.items()}
    return str(value) if isinstance(value, time | timedelta) else value
