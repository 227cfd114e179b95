"""Filter patterns, which select log events by their text.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html.
"""

from __future__ import annotations

from clary.services.logs.patterns import json_events, space_delimited, terms
from clary.services.logs.patterns.tokens import Accepts

__all__ = ["Accepts", "compile_pattern"]


def compile_pattern(pattern: str) -> Accepts:
    """Return a function that says whether a message matches: `{…}` for JSON, `[…]` for space-delimited
    fields, else terms.

    Raise InvalidParameterException if the pattern is invalid.
    """
    text = pattern.strip()
    if not text:
        return lambda message: True
    if text.startswith("{"):
        return json_events.compile_document(text)
    if text.startswith("["):
        return space_delimited.compile_fields(text)
    return terms.compile_terms(text)
