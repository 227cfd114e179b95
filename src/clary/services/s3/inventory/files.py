"""The files of an inventory: rows of fields as CSV, Parquet or ORC, and what a manifest says of their form.

Parquet and ORC take pyarrow, which is there where the libraries of jobs are; it is loaded by the first report that needs it.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import quote

from clary.services.s3.inventory.fields import BOOLEAN, INTEGER, MOMENT, TEXT, Field, moment

CSV, PARQUET, ORC = "CSV", "Parquet", "ORC"
ENDINGS = {CSV: "csv.gz", PARQUET: "parquet", ORC: "orc"}
_IN_SCHEMA = {
    TEXT: "binary {} (STRING)",
    INTEGER: "int64 {}",
    BOOLEAN: "boolean {}",
    MOMENT: "int64 {} (TIMESTAMP(MILLIS,true))",
}
_IN_STRUCT = {TEXT: "string", INTEGER: "bigint", BOOLEAN: "boolean", MOMENT: "timestamp"}
_REQUIRED = ("bucket", "key")

Values = Sequence[Sequence[Any]]


def can_write(form: str) -> bool:
    return form == CSV or (form in ENDINGS and find_spec("pyarrow") is not None)


def schema_of(form: str, fields: Sequence[Field]) -> str:
    """Return the fileSchema of a manifest."""
    if form == CSV:
        return ", ".join(field.name for field in fields)
    if form == ORC:
        return f"struct<{','.join(f'{field.column}:{_IN_STRUCT[field.type]}' for field in fields)}>"
    lines = [
        f"{'required' if field.column in _REQUIRED else 'optional'} {_IN_SCHEMA[field.type].format(field.column)};"
        for field in fields
    ]
    return f"message s3.inventory {{  {'  '.join(lines)}}}"


def write(form: str, fields: Sequence[Field], rows: Values) -> bytes:
    """Return a file with these rows, whose values are in the order of the fields."""
    return _csv(fields, rows) if form == CSV else _columns(form, fields, rows)


def _csv(fields: Sequence[Field], rows: Values) -> bytes:
    """Return compressed CSV without a header. Keys are URL-encoded (storage-inventory, S3 User Guide)."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for row in rows:
        writer.writerow([_text(field, value) for field, value in zip(fields, row, strict=True)])
    return gzip.compress(out.getvalue().encode(), mtime=0)


def _text(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if field.type == MOMENT:
        return moment(value)
    if field.type == BOOLEAN:
        return "true" if value else "false"
    return quote(value, safe="/") if field.name == "Key" else str(value)


def _columns(form: str, fields: Sequence[Field], rows: Values) -> bytes:
    arrow = import_module("pyarrow")
    types = {
        TEXT: arrow.string(),
        INTEGER: arrow.int64(),
        BOOLEAN: arrow.bool_(),
        MOMENT: arrow.timestamp("ms", tz="UTC"),
    }
    arrays = [
        arrow.array([_value(field, row[place]) for row in rows], types[field.type])
        for place, field in enumerate(fields)
    ]
    described = [
        arrow.field(field.column, types[field.type], nullable=field.column not in _REQUIRED)
        for field in fields
    ]
    table, out = arrow.Table.from_arrays(arrays, schema=arrow.schema(described)), io.BytesIO()
    import_module("pyarrow.orc" if form == ORC else "pyarrow.parquet").write_table(table, out)
    return out.getvalue()


def _value(field: Field, value: Any) -> Any:
    return int(value * 1000) if field.type == MOMENT and value is not None else value
