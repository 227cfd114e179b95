"""Files to Arrow tables: CSV with or without a header, JSON lines or one JSON array, Parquet.

It knows the three formats and their null spellings; it does not know captured records or statistics.
"""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet

from .errors import AnalysisError

# An empty field is null for Spark, on which AWS's analyser runs; NaN is how pandas and numpy spell it.
NULLS = ["", "NaN", "nan", "null"]

Naming = Callable[[int], Sequence[str]]
Row = dict[str, Any]


def default_names(width: int) -> list[str]:
    """Return what headerless columns are called: `_c0`, `_c1`, ..."""
    return [f"_c{index}" for index in range(width)]


def data_files(source: Path) -> list[Path]:
    """Return the data files under a folder (or the file itself) in order of name; markers and hidden files
    left out."""
    if source.is_file():
        return [source]
    found = sorted(path for path in source.rglob("*") if path.is_file() and path.name[0] not in "._")
    if not found:
        raise AnalysisError(f"Job inputs had no data: no file under {source.name}")
    return found


def read_csv(
    sources: Sequence[Path | bytes],
    header: bool,
    names: Naming = default_names,
    as_text: frozenset[str] = frozenset(),
) -> pa.Table:
    """Return one table of all sources, which must have the same columns; empty sources are ignored.

    Columns in `as_text` keep the spelling of their values; the others become numbers where possible.
    """
    filled = [source for source in sources if _first_line(source)]
    if not filled:
        raise AnalysisError("Job inputs had no data")
    tables = [_parse_csv(source, header, names, as_text) for source in filled]
    unequal = _unequal_types(tables)
    if unequal:
        tables = [_parse_csv(source, header, names, as_text | unequal) for source in filled]
    return _joined(tables)


def _parse_csv(source: Path | bytes, header: bool, names: Naming, as_text: frozenset[str]) -> pa.Table:
    titles = _titles(source, header, names)
    try:
        table = _convert(source, header, titles, as_text)
    except pa.ArrowInvalid as error:
        if "conversion error" not in str(error):
            raise AnalysisError(f"{_label(source)} is not well-formed CSV: {error}") from error
        # A column changed its type after the first block: read all as text, which is always right.
        return _convert(source, header, titles, frozenset(titles))
    dates = frozenset(field.name for field in table.schema if not _plain(field.type))
    return _convert(source, header, titles, as_text | dates) if dates else table


def _convert(source: Path | bytes, header: bool, titles: list[str], as_text: frozenset[str]) -> pa.Table:
    return arrow_csv.read_csv(
        pa.BufferReader(source) if isinstance(source, bytes) else str(source),
        read_options=arrow_csv.ReadOptions(
            column_names=titles, skip_rows=_head(source)[0] + int(header), block_size=8 << 20
        ),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types={title: pa.string() for title in titles if title in as_text},
            null_values=NULLS,
            strings_can_be_null=True,
        ),
    )


def _titles(source: Path | bytes, header: bool, names: Naming) -> list[str]:
    fields = next(csv.reader([_first_line(source)]))
    # A column without a name, such as the index that pandas writes, is called by its position; Spark has it so.
    titles = [field.strip() or f"_c{at}" for at, field in enumerate(fields)]
    titles = titles if header else list(names(len(fields)))
    if len(set(titles)) != len(titles):
        raise AnalysisError(f"{_label(source)} has two columns of the same name")
    return titles


def _first_line(source: Path | bytes) -> str:
    return _head(source)[1]


def _head(source: Path | bytes) -> tuple[int, str]:
    """Return how many blank lines a source begins with, and the first line after them, empty if there is
    none."""
    blank = 0
    with _opened(source) as stream:
        for blank, line in enumerate(io.TextIOWrapper(stream, "utf-8-sig", errors="replace")):
            if line.strip():
                return blank, line
    return blank, ""


def _opened(source: Path | bytes) -> io.BufferedIOBase:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if source.suffix == ".gz":
        return gzip.open(source)  # type: ignore[return-value]
    return source.open("rb")


def _label(source: Path | bytes) -> str:
    return source.name if isinstance(source, Path) else "The captured data"


def _plain(kind: pa.DataType) -> bool:
    return (
        pa.types.is_integer(kind) or pa.types.is_floating(kind)
        or pa.types.is_string(kind) or pa.types.is_null(kind) or pa.types.is_binary(kind)
    )  # fmt: skip


def _unequal_types(tables: Sequence[pa.Table]) -> frozenset[str]:
    kinds: dict[str, set[pa.DataType]] = {}
    for table in tables:
        for field in table.schema:
            if not pa.types.is_null(field.type):
                kinds.setdefault(field.name, set()).add(field.type)
    return frozenset(name for name, found in kinds.items() if len(found) > 1)


def _joined(tables: Sequence[pa.Table]) -> pa.Table:
    if any(set(table.column_names) != set(tables[0].column_names) for table in tables):
        raise AnalysisError("The input files do not have the same columns")
    whole = pa.concat_tables(tables, promote_options="permissive")
    if not whole.num_rows:
        raise AnalysisError("Job inputs had no data")
    return whole


def read_json(files: Sequence[Path], lines: bool) -> pa.Table:
    """Return one table of JSON objects, one a line or in one array a file; nested members become
    `outer.inner`."""
    return table_of_rows(flattened(row) for path in files for row in json_documents(path, lines))


def json_documents(path: Path, lines: bool) -> Iterator[Any]:
    """Yield the JSON documents of a file; raise AnalysisError naming file and line."""
    with _opened(path) as stream:
        if not lines:
            whole = _loaded(stream.read().decode("utf-8-sig"), path, 1)
            yield from whole if isinstance(whole, list) else [whole]
            return
        for number, line in enumerate(io.TextIOWrapper(stream, "utf-8-sig"), start=1):
            if line.strip():
                yield _loaded(line, path, number)


def _loaded(text: str, path: Path, number: int) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise AnalysisError(f"{path.name}, line {number}: not JSON ({error})") from error


def flattened(document: Any, prefix: str = "") -> Row:
    """Return a JSON object as one flat row; lists of plain values become `name.0`, `name.1`."""
    if not isinstance(document, dict):
        raise AnalysisError("Only tabular data or flattened JSON structures can be analysed; found a JSON "
                            f"{type(document).__name__}. A record preprocessor script can flatten it.")  # fmt: skip
    row: Row = {}
    for key, value in document.items():
        name = f"{prefix}{key}"
        if isinstance(value, list):
            value = {str(index): item for index, item in enumerate(value)}
        row |= flattened(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return row


def table_of_rows(rows: Iterable[Row]) -> pa.Table:
    """Return a table of texts from flat rows; a member which a row lacks is null."""
    kept = list(rows)
    if not kept:
        raise AnalysisError("Job inputs had no data")
    names = dict.fromkeys(name for row in kept for name in row)
    return pa.table({name: pa.array([_text(row.get(name)) for row in kept], pa.string()) for name in names})


def _text(value: Any) -> str | None:
    if value is None or value == "" or value != value:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_parquet(files: Sequence[Path]) -> pa.Table:
    """Return one table of Parquet files; structs become `outer.inner`."""
    try:
        return _joined([parquet.read_table(path).flatten() for path in files])
    except pa.ArrowInvalid as error:
        raise AnalysisError(f"The input is not Parquet: {error}") from error
