"""Patterns for events without structure: terms, phrases, optional and excluded ones, a `%regular expression%`
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-unstructured-log-events.html)."""

from __future__ import annotations

import re

from clary.kernel import AwsError
from clary.services.logs.patterns.tokens import MOST_EXPRESSIONS, Accepts, invalid
from clary.services.logs.patterns.values import expression, unquoted

_TERM = re.compile(r'\s*(\?|-\s*)?(?:"((?:[^"\\]|\\.)*)"|%([^%]*)%|([^\s"%]+))')
_PLAIN = re.compile(r"\w+")


def compile_terms(text: str) -> Accepts:
    """What says whether a message has every plain term, none of the excluded (`-`) and, where all that is wanted is
    optional (`?`), one of those: beside a plain term an optional one says nothing."""
    terms = _terms(text)
    wanted, optional, excluded = ([test for mark, test in terms if mark == sign] for sign in ("", "?", "-"))

    def accepts(message: str) -> bool:
        if any(test(message) for test in excluded):
            return False
        if wanted or not optional:
            return all(test(message) for test in wanted)
        return any(test(message) for test in optional)

    return accepts


def _terms(text: str) -> list[tuple[str, Accepts]]:
    found: list[tuple[str, Accepts]] = []
    place = expressions = 0
    while place < len(text):
        match = _TERM.match(text, place)
        if match is None:
            raise invalid()
        expressions += match[3] is not None
        if expressions > MOST_EXPRESSIONS:
            raise invalid()
        found.append(((match[1] or "").strip(), _test(match)))
        place = match.end()
    return found


def _test(match: re.Match[str]) -> Accepts:
    if match[3] is not None:
        return expression(match[3]).matches
    if match[4] is not None and not _PLAIN.fullmatch(match[4]):
        raise AwsError("InvalidParameterException", f"Invalid character(s) in term '{match[4]}'")
    term = match[4] if match[4] is not None else unquoted(match[2])
    return lambda message: term in message
