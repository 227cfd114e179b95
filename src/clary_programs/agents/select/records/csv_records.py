"""Records of CSV as lists of texts.

Source: CSVInput (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CSVInput.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clary_programs.agents.select.records.streams import text_of
from clary_programs.agents.select.sql.failures import Failure

_MOST_QUOTED = 1 << 20


class CsvFormat:
    """How fields and quotes are written."""

    def __init__(self, form: dict[str, Any]) -> None:
        self.fields: str = form["FieldDelimiter"]
        self.delimiter: str = form["RecordDelimiter"]
        self.quote: str = form["QuoteCharacter"]
        self.escape: str = form["QuoteEscapeCharacter"]
        self.comments: str = form["Comments"]
        self.quoted_delimiters: bool = form["AllowQuotedRecordDelimiter"]

    def records(self, found: Iterator[bytes]) -> Iterator[list[str]]:
        """Yield the fields of records; leave out empty lines and comments. Raise Failure."""
        plain = self.delimiter == "\n"
        for number, record in enumerate(found):
            text = text_of(record)
            if number == 0:
                text = text.removeprefix("\ufeff")
            if plain and text.endswith("\r"):
                text = text[:-1]
            if not text or (self.comments and text.startswith(self.comments)):
                continue
            if not self.quote or self.quote not in text:
                yield text.split(self.fields)
            else:
                yield self._quoted(text, found)

    def _quoted(self, text: str, found: Iterator[bytes]) -> list[str]:
        """Return the fields of a record with quotes, which may go on behind a quoted record delimiter."""
        fields: list[str] = []
        left = _MOST_QUOTED - len(text)
        opened = self._split(text, fields)
        while opened is not None:
            text = self._with_its_end(opened, found, left)
            left -= len(text) - len(opened)
            opened = self._split(text, fields)
        return fields

    def _with_its_end(self, opened: str, found: Iterator[bytes], left: int) -> str:
        """Return a quoted field and what follows it, up to the end of the record in which the quote may end."""
        parts = [opened]
        while True:
            following = next(found, None)
            if following is None:
                raise Failure("CSVUnescapedQuote")
            if not self.quoted_delimiters:
                raise Failure("CSVEscapingRecordDelimiter")
            parts.append(text_of(following))
            left -= len(parts[-1])
            if left < 0:
                raise Failure("OverMaxRecordSize")
            if self._end_of_quote(parts[-1], 0) is not None:
                return self.delimiter.join(parts)

    def _split(self, text: str, fields: list[str]) -> str | None:
        """Add the fields of a text to others. Return what begins with a quote that has no end, or None."""
        at = 0
        while True:
            if text.startswith(self.quote, at):
                end = self._end_of_quote(text, at + len(self.quote))
                if end is None:
                    return text[at:]
                fields.append(self._unescaped(text[at + len(self.quote) : end]))
                at = end + len(self.quote)
                if at < len(text) and not text.startswith(self.fields, at):
                    raise Failure("CSVUnescapedQuote")
            else:
                end = text.find(self.fields, at)
                fields.append(text[at:] if end < 0 else text[at:end])
                at = len(text) if end < 0 else end
            if at >= len(text):
                return None
            at += len(self.fields)

    def _end_of_quote(self, text: str, at: int) -> int | None:
        while True:
            end = text.find(self.quote, at)
            if end < 0:
                return None
            if self.escape == self.quote:
                if not text.startswith(self.quote, end + len(self.quote)):
                    return end
                at = end + 2 * len(self.quote)
            elif self.escape and self._is_escaped(text, at, end):
                at = end + len(self.quote)
            else:
                return end

    def _is_escaped(self, text: str, first: int, end: int) -> bool:
        """Return whether an odd number of escape characters stands before a quote."""
        before = text[first:end]
        return (len(before) - len(before.rstrip(self.escape))) // len(self.escape) % 2 == 1

    def _unescaped(self, text: str) -> str:
        if not self.escape or self.escape not in text:
            return text
        if self.escape == self.quote:
            return text.replace(self.quote * 2, self.quote)
        return text.replace(self.escape + self.quote, self.quote).replace(self.escape * 2, self.escape)
