"""Values of JSON, one a line or one after the other.

Source: JSONInput (https://docs.aws.amazon.com/AmazonS3/latest/API/API_JSONInput.html).
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from clary_programs.agents.select.records.streams import LONGEST, text_of
from clary_programs.agents.select.sql.failures import Failure

_DIGITS_OF_INT = 19
_BLANK = " \t\r\n"


def _not_json(text: str) -> NoReturn:
    raise ValueError(text)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent that no machine can count
        raise Failure("JSONParsingError") from None


def _integer(text: str) -> int | Decimal:
    """Return an INT; a number that does not fit into its 8 bytes is a DECIMAL."""
    if len(text) < _DIGITS_OF_INT:
        return int(text)
    found = _decimal(text)
    return int(found) if -(2**63) <= found < 2**63 else found


_DECODER = json.JSONDecoder(parse_float=_decimal, parse_int=_integer, parse_constant=_not_json)


def lines(found: Iterator[bytes]) -> Iterator[Any]:
    """Yield the values of lines, of which each has one or more."""
    for number, record in enumerate(found):
        text = text_of(record)
        if number == 0:
            text = text.removeprefix("\ufeff")
        at = _after_blanks(text, 0)
        while at < len(text):
            value, at = _value(text, at)
            at = _after_blanks(text, at)
            yield value


def _value(text: str, at: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        raise Failure("JSONParsingError") from None


def _after_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def documents(pieces: Iterator[bytes]) -> Iterator[Any]:
    """Yield values that may go over several lines."""
    text, at = "", 0
    for more in _large(_texts(pieces)):
        text, at = (text[at:] + more).lstrip(_BLANK), 0
        while at < len(text):
            found = _whole(text, at)
            if found is None:
                break
            value, at = found[0], _after_blanks(text, found[1])
            yield value
        if len(text) - at > LONGEST:
            raise Failure("OverMaxRecordSize")
    while at < len(text):
        value, at = _value(text, at)
        at = _after_blanks(text, at)
        yield value


def _whole(text: str, at: int) -> tuple[Any, int] | None:
    """Return a value and its end; None where more text may complete it, as the last one's of a piece always may."""
    try:
        value, end = _DECODER.raw_decode(text, at)
    except RecursionError:
        raise Failure("JSONParsingError") from None
    except ValueError:
        return None
    return None if end == len(text) else (value, end)


def _texts(pieces: Iterator[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        for piece in pieces:
            yield decoder.decode(piece)
        yield decoder.decode(b"", True)
    except UnicodeDecodeError:
        raise Failure("InvalidTextEncoding") from None


def _large(texts: Iterator[str]) -> Iterator[str]:
    """Join texts to as much as a value may have, so that one that goes over their ends is read twice at most."""
    waiting: list[str] = []
    for text in texts:
        waiting.append(text)
        if sum(map(len, waiting)) > LONGEST:
            yield "".join(waiting)
            waiting = []
    yield "".join(waiting)
