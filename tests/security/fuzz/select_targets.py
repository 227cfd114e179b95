"""The parsers of S3 Select. targets.py has the others."""

from __future__ import annotations

from collections.abc import Callable

from clary_programs.agents.select.records import streams
from clary_programs.agents.select.records.csv_records import CsvFormat
from clary_programs.agents.select.records.json_records import documents
from clary_programs.agents.select.sql.failures import Failure
from clary_programs.agents.select.sql.parser import parse
from clary_programs.agents.select.sql.query import Plan
from clary_programs.agents.select.sql.rows import Values
from tests.security.fuzz.harness import Target

Text = Callable[[Callable[[str], object]], Callable[[bytes], object]]

_SQL = (
    b"1 ", b"s.a ", b"'a' ", b"BETWEEN 0 AND 1 ", b"CASE ", b"WHEN 1 THEN 1 ", b"WHEN 2 THEN 2 ", b"END ", b"(", b")", b", ", b"AND ",
    b"+ ", b"NOT ", b"LIKE '%a' ", b"IN (1, 2) ", b"LOWER(", b"CAST(", b"AS INT) ", b"FROM S3Object s ", b"[0]", b".a", b'"a" ', b"IS NULL ",
)  # fmt: skip
_CSV = (b"a", b",", b"\n", b'"', b'""', b"\\", b'\\"', b'","', b'a","b\n', b"#", b"\r\n")
_JSON = (
    b"{",
    b"}",
    b"[",
    b"]",
    b'"a":',
    b"1",
    b"9" * 100,
    b"1e400",
    b",",
    b'"',
    b" ",
    b"\n",
    b"null",
    b'{"a": 1}',
)
_MARKS = {
    "FieldDelimiter": ",",
    "RecordDelimiter": "\n",
    "QuoteCharacter": '"',
    "Comments": "#",
    "AllowQuotedRecordDelimiter": True,
}


def _planned(said: str) -> None:
    """Read and compile an expression as a projection and as a condition."""
    Plan(parse(f"SELECT {said} FROM S3Object s WHERE {said}"), Values(), 0.0)


def _csv(escape: str) -> Callable[[bytes], object]:
    form = CsvFormat({**_MARKS, "QuoteEscapeCharacter": escape})
    return lambda data: list(form.records(streams.records(iter([data]), b"\n")))


def select_targets(text: Text) -> tuple[Target, ...]:
    """Return the targets. `text` makes one of a function of text."""
    return (
        Target("SQL", text(_planned), _SQL, (Failure, RecursionError), longest=1024),
        Target("CSV with doubled quotes", _csv('"'), _CSV, (Failure,)),
        Target("CSV with escaped quotes", _csv("\\"), _CSV, (Failure,)),
        Target("values of JSON", lambda data: list(documents(iter([data]))), _JSON, (Failure,)),
    )
