"""Patterns for unstructured events: terms, phrases, optional and excluded ones, `%regular expressions%`.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-unstructured-log-events.html.
"""

from __future__ import annotations

import re

from clary.kernel import AwsError
from clary.services.logs.patterns.tokens import MOST_EXPRESSIONS, Accepts, invalid
from clary.services.logs.patterns.values import expression, unquoted

_TERM = re.compile(r'\s*(\?|-\s*)?(?:"((?:[^"\\]|\\.)*)"|%([^%]*)%|([^\s"%]+))')
_PLAIN = re.compile(r"\w+")


def compile_terms(text: str) -> Accepts:
    """Return a function that says whether a message matches.

    It must have every plain term and no excluded one (`-`). If the pattern has no plain term, it must have
    one of the optional ones (`?`); beside a plain term these have no effect.
    """
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
