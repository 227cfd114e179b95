"""Files, and headers of requests."""

from __future__ import annotations

import re
from collections.abc import Mapping

from clary_programs.libraries._shared.files import read_file, write_file

__all__ = [
    "CONTENT_TYPE_REGEX",
    "parse_accept",
    "read_file",
    "remove_crlf",
    "retrieve_content_type_header",
    "write_file",
]

CONTENT_TYPE_REGEX = re.compile("^[Cc]ontent-?[Tt]ype")


def retrieve_content_type_header(request_property: Mapping[str, str]) -> str | None:
    """Return the content type among headers, with or without the hyphen and capital letters."""
    names = (name for name in request_property if CONTENT_TYPE_REGEX.match(name))
    return next((request_property[name] for name in names), None)


def parse_accept(accept: str) -> list[str]:
    """Return the types that `text/csv;q=0.9, application/json` names, in order."""
    return [part.partition(";")[0].strip() for part in accept.split(",")]


def remove_crlf(illegal_string: str) -> str:
    """Return the text with blanks for the characters that end a header's line."""
    return illegal_string.replace("\r", " ").replace("\n", " ")
