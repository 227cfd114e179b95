"""Records of the output as CSV or JSON.

Sources: CSVOutput, JSONOutput (https://docs.aws.amazon.com/AmazonS3/latest/API/API_OutputSerialization.html).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary_programs.agents.select.records.streams import LONGEST
from clary_programs.agents.select.sql.failures import Failure
from clary_programs.agents.select.sql.values import MISSING, json_of, text_of

Result = list[tuple[str, Any]]


def writer(form: dict[str, Any]) -> Callable[[Result], bytes]:
    """Return what makes the bytes of a record. It raises OverMaxRecordSize."""
    write = _json_writer(form["JSON"]) if "JSON" in form else _csv_writer(form["CSV"])

    def limited(result: Result) -> bytes:
        found = write(result).encode(
            "utf-8", "replace"
        )  # JSON can hold halves of characters, and UTF-8 cannot
        if len(found) > LONGEST:
            raise Failure("OverMaxRecordSize")
        return found

    return limited


def _json_writer(form: dict[str, Any]) -> Callable[[Result], str]:
    end = form["RecordDelimiter"]

    def write(result: Result) -> str:
        members = [f"{json_of(name)}:{json_of(value)}" for name, value in result if value is not MISSING]
        return "{" + ",".join(members) + "}" + end

    return write


def _csv_writer(form: dict[str, Any]) -> Callable[[Result], str]:
    between, end = form["FieldDelimiter"], form["RecordDelimiter"]
    quote, escape = form["QuoteCharacter"], form["QuoteEscapeCharacter"]
    always = form["QuoteFields"] == "ALWAYS"
    special = [mark for mark in (quote, between, end, "\n", "\r") if mark]

    def field(value: Any) -> str:
        text = text_of(value)
        if not always and not any(mark in text for mark in special):
            return text
        if not quote:
            return text
        if escape != quote:
            text = text.replace(escape, escape * 2)
        return f"{quote}{text.replace(quote, escape + quote)}{quote}"

    others = [mark for mark in special if mark != between]

    def write(result: Result) -> str:
        values = [value for _, value in result]
        if not always and all(type(value) is str for value in values):
            line = between.join(values)
            if line.count(between) < len(values) and not any(mark in line for mark in others):
                return line + end
        return between.join([field(value) for value in values]) + end

    return write
