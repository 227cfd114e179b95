"""Filter patterns: text that says which log events are meant
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html)."""

from __future__ import annotations

from clary.services.logs.patterns import document, fields, terms
from clary.services.logs.patterns.tokens import Accepts

__all__ = ["Accepts", "compile_pattern"]


def compile_pattern(pattern: str) -> Accepts:
    """What says whether a message meets a pattern: `{…}` for JSON, `[…]` for fields between spaces, else terms.

    Raises InvalidParameterException for one that makes no sense.
    """
    text = pattern.strip()
    if not text:
        return lambda message: True
    if text.startswith("{"):
        return document.compile_document(text)
    if text.startswith("["):
        return fields.compile_fields(text)
    return terms.compile_terms(text)
