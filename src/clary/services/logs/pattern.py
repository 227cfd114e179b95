"""Filter patterns for unstructured events: terms, phrases, optional and excluded terms, and `%regular expressions%`."""

from __future__ import annotations

import re
from collections.abc import Callable

from clary.kernel import AwsError

_TERM = re.compile(r'([?-]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]*)%|(\S+))')


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """What says whether a message meets a pattern. Raises InvalidParameterException for one we cannot read."""
    text = pattern.strip()
    if not text or text == '""':
        return lambda message: True
    if text.startswith(("{", "[")):
        raise AwsError(
            "InvalidParameterException", f"Clary does not implement structured filter patterns: {pattern}"
        )
    wanted, optional, excluded = _terms(text)

    def accepts(message: str) -> bool:
        return (
            all(term(message) for term in wanted)
            and (not optional or any(term(message) for term in optional))
            and not any(term(message) for term in excluded)
        )

    return accepts


Test = Callable[[str], bool]


def _terms(text: str) -> tuple[list[Test], list[Test], list[Test]]:
    wanted: list[Test] = []
    optional: list[Test] = []
    excluded: list[Test] = []
    for sign, phrase, expression, word in _TERM.findall(text):
        test = _matches(expression) if expression else _contains(phrase.replace('\\"', '"') or word)
        {"": wanted, "?": optional, "-": excluded}[sign].append(test)
    return wanted, optional, excluded


def _contains(term: str) -> Test:
    return lambda message: term in message


def _matches(expression: str) -> Test:
    try:
        compiled = re.compile(expression)
    except re.error as error:
        raise AwsError("InvalidParameterException", f"Invalid filter pattern: {error}") from None
    return lambda message: compiled.search(message) is not None
