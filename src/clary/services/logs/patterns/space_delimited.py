"""Patterns for space-delimited events, such as `[ip, user, ..., status_code = 4*, bytes > 1000]`.

Source:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-space-delimited-log-events.html.
"""

from __future__ import annotations

import re

from clary.services.logs.patterns.tokens import Accepts, Condition, Token, Tokens, invalid, parse_conditions
from clary.services.logs.patterns.values import comparison

_WORD = re.compile(r"\S+")
_CLOSING = {"[": "]", '"': '"'}

Test = Condition | None


def compile_fields(text: str) -> Accepts:
    """Return a function that says whether a message has exactly these fields; `...` stands for any number of
    fields."""
    before, after = _tests(Tokens(text))

    def accepts(message: str) -> bool:
        values = _values(message)
        if len(values) < len(before) + len(after or ()) or (after is None and len(values) > len(before)):
            return False
        tail = values[len(values) - len(after) :] if after else []
        return _meet(before, values) and _meet(after or [], tail)

    return accepts


def _values(message: str) -> list[str]:
    """Return the fields of a message: words, and the text in square brackets or quotation marks.

    An unclosed bracket or quotation mark is part of a word. `last` has the last place where each can close,
    so that the message is read only once.
    """
    last = {mark: message.rfind(closing) for mark, closing in _CLOSING.items()}
    found: list[str] = []
    word = _WORD.search(message)
    while word is not None:
        start, end = word.span()
        mark = message[start]
        if start < last.get(mark, -1):
            end = message.index(_CLOSING[mark], start + 1)
            found.append(message[start + 1 : end])
            end += 1
        else:
            found.append(word[0])
        word = _WORD.search(message, end)
    return found


def _meet(tests: list[Test], values: list[str]) -> bool:
    return all(test is None or test(value) for test, value in zip(tests, values, strict=False))


def _tests(tokens: Tokens) -> tuple[list[Test], list[Test] | None]:
    """Return the tests of the fields before and after the ellipsis; None for those after it if there is none."""
    before: list[Test] = []
    after: list[Test] | None = None
    tokens.require("[")
    while True:
        if tokens.peek().kind == "ellipsis":
            if after is not None:
                raise invalid()
            tokens.take()
            after = []
        else:
            (before if after is None else after).append(_field(tokens))
        if not tokens.skip(","):
            break
    tokens.require("]")
    tokens.require_end()
    return before, after


def _field(tokens: Tokens) -> Test:
    """Parse a field: a name, perhaps with conditions. An empty field (`[a, , b]`) is allowed."""
    if tokens.peek() in (Token("mark", ","), Token("mark", "]")):
        return None
    names: list[str] = []
    compared = False

    def condition(tokens: Tokens) -> Condition:
        nonlocal compared
        name = tokens.take()
        if name.kind != "word":
            raise invalid()
        names.append(name.text)
        test = comparison(tokens)
        compared = compared or test is not None
        return test or (lambda value: True)

    test = parse_conditions(tokens, condition)
    if len(set(names)) != 1 or (len(names) > 1 and not compared):
        raise invalid()
    return test if compared else None
