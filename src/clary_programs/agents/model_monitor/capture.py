"""Captured requests and answers (JSON lines of data capture) to one table of input and output columns.

It knows the capture record of a real-time endpoint and its three encodings; it does not know baselines.
"""

import base64
import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from .environment import DatasetFormat, parse_time
from .errors import AnalysisError
from .reading import Naming, Row, data_files, flattened, json_documents, read_csv, table_of_rows

Record = dict[str, Any]


@dataclass(frozen=True)
class Lines:
    """A payload of CSV: one text a row."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Rows:
    """A payload of JSON objects: one flat row each."""

    rows: tuple[Row, ...]


Payload = Lines | Rows


def records(source: Path, start: datetime | None, end: datetime | None) -> Iterator[Record]:
    """Yield every capture record under `source` whose inferenceTime is in [start, end); either may be None.

    inferenceTime has whole seconds, so the start is rounded down to its second. A record without a time is
    kept.
    """
    floor = start.replace(microsecond=0) if start else None
    for path in data_files(source):
        for document in json_documents(path, lines=True):
            if not isinstance(document, dict) or "captureData" not in document:
                raise AnalysisError(f"{path.name} holds a line that is not a capture record: no captureData")
            if _within(document, floor, end):
                yield document


def _within(record: Record, start: datetime | None, end: datetime | None) -> bool:
    text = (record.get("eventMetadata") or {}).get("inferenceTime")
    if not text or (start is None and end is None):
        return True
    moment = parse_time(text, "inferenceTime")
    return (start is None or moment >= start) and (end is None or moment < end)


def captured_table(
    found: Iterable[Record], form: DatasetFormat, names: Naming, as_text: frozenset[str]
) -> pa.Table:
    """Return one row a captured inference. CSV columns are named by position, JSON ones by their keys.

    Output columns come first unless the format says END, which is how AWS lines a capture up with a training
    set whose target is its first column.
    """
    joined = [_joined(record, form) for record in found]
    if not joined:
        raise AnalysisError("Job inputs had no data")
    if all(isinstance(payload, Lines) for payload in joined):
        text = "\n".join(line for payload in joined for line in payload.lines)  # type: ignore[union-attr]
        return read_csv([text.encode()], header=False, names=names, as_text=as_text)
    if all(isinstance(payload, Rows) for payload in joined):
        return table_of_rows(row for payload in joined for row in payload.rows)  # type: ignore[union-attr]
    raise AnalysisError("Encoding mismatch: some captured records are CSV and others JSON.")


def _joined(record: Record, form: DatasetFormat) -> Payload:
    captured = record["captureData"]
    order = ("endpointOutput", "endpointInput") if form.output_first else ("endpointInput", "endpointOutput")
    wanted = [name for name in order if name in form.sections and name in captured]
    if not wanted:
        raise AnalysisError(f"A captured record has none of {', '.join(form.sections)}")
    parts = [payload_of(captured[name], name) for name in wanted]
    return parts[0] if len(parts) == 1 else _side_by_side(parts[0], parts[1], captured)


def _side_by_side(left: Payload, right: Payload, captured: dict[str, Any]) -> Payload:
    if isinstance(left, Lines) and isinstance(right, Lines):
        first, second = _aligned(left.lines, right.lines)
        return Lines(tuple(f"{one},{other}" for one, other in zip(first, second, strict=True)))
    if isinstance(left, Rows) and isinstance(right, Rows) and len(left.rows) == len(right.rows):
        return Rows(tuple({**one, **other} for one, other in zip(left.rows, right.rows, strict=True)))
    raise _mismatch(captured)


def _mismatch(captured: dict[str, Any]) -> AnalysisError:
    """Return two parts that make no row; the words are those of AWS's analyser (aws/sagemaker-python-sdk,
    issue 2785)."""
    sides = [str((captured.get(name) or {}).get("encoding")) for name in ("endpointInput", "endpointOutput")]
    if sides[0] == sides[1]:
        return AnalysisError(
            f"The two parts of a captured record ({sides[0]}) differ in form or in their number of rows; "
            "a record preprocessor script can join them"
        )
    return AnalysisError(
        f"Encoding mismatch: Encoding is {sides[0]} for endpointInput, but Encoding is {sides[1]} for "
        "endpointOutput. We currently only support the same type of input and output encoding at the moment."
    )


def _aligned(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Both with one line a record: some servers answer many records with one line of values."""
    if len(first) == len(second):
        return first, second
    if len(first) == 1 and first[0].count(",") + 1 == len(second):
        return tuple(first[0].split(",")), second
    if len(second) == 1 and second[0].count(",") + 1 == len(first):
        return first, tuple(second[0].split(","))
    raise AnalysisError(
        f"A captured record has {len(first)} and {len(second)} rows in its two parts; "
        "a record preprocessor script can join them"
    )


def payload_of(section: dict[str, Any], name: str) -> Payload:
    """Return the rows of an endpointInput or endpointOutput; raise AnalysisError if it is neither CSV nor
    JSON."""
    encoding = str(section.get("encoding") or "CSV").upper()
    data = section.get("data")
    if encoding == "BASE64":
        data, encoding = _decoded(str(data or ""), str(section.get("observedContentType") or ""), name)
    if encoding == "CSV":
        return Lines(tuple(line for line in str(data or "").splitlines() if line.strip()))
    if encoding == "JSON":
        return _json_payload(data, name)
    raise AnalysisError(f"Encoding {encoding} of {name} is not one of CSV, JSON, BASE64")


def _decoded(data: str, content_type: str, name: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(data, validate=True).decode()
    except ValueError as error:
        raise AnalysisError(
            f"{name} was captured as BASE64 and is not text; a record preprocessor script can decode it"
        ) from error
    return text, "JSON" if "json" in content_type or text.lstrip()[:1] in ("{", "[") else "CSV"


def _json_payload(data: Any, name: str) -> Payload:
    document = _parsed(data, name) if isinstance(data, str) else data
    items = document if isinstance(document, list) else [document]
    if items and all(isinstance(item, dict) for item in items):
        return Rows(tuple(flattened(item) for item in items))
    rows = items if items and all(isinstance(item, list) for item in items) else [items]
    if any(isinstance(value, list | dict) for row in rows for value in row):
        flattened(items)  # raises, with the words for nested structures
    return Lines(tuple(_csv_line(row) for row in rows))


def _parsed(data: str, name: str) -> Any:
    try:
        return json.loads(data)
    except ValueError as error:
        lines = [line for line in data.splitlines() if line.strip()]
        try:
            return [json.loads(line) for line in lines]  # application/jsonlines
        except ValueError:
            raise AnalysisError(f"{name} was captured as JSON and is not: {error}") from error


def _csv_line(values: Iterable[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(["" if value is None else value for value in values])
    return line.getvalue()
