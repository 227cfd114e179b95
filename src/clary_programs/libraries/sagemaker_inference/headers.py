"""Reading a request's headers."""

from __future__ import annotations

from collections.abc import Mapping


def parse_accept(accept: str) -> list[str]:
    """`text/csv;q=0.9, application/json` to the types it names, in order."""
    return [part.partition(";")[0].strip() for part in accept.split(",")]


def retrieve_content_type_header(request_property: Mapping[str, str]) -> str | None:
    """The content type among headers spelt in any case, with or without the hyphen."""
    for name, value in request_property.items():
        if name.lower().replace("-", "") == "contenttype":
            return value
    return None
