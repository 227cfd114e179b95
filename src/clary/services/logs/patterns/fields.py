"""Patterns for fields between spaces: `[ip, user, ..., status_code = 4*, bytes > 1000]`
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-space-delimited-log-events.html)."""

from __future__ import annotations

import re

from clary.services.logs.patterns.tokens import Accepts, Condition, Token, Tokens, invalid, joined
from clary.services.logs.patterns.values import comparison

# What stands in square brackets or quotation marks is one field, without them.
_FIELD = re.compile(r'\[([^\]]*)\]|"([^"]*)"|(\S+)')

Test = Condition | None


def compile_fields(text: str) -> Accepts:
    """What says whether a message has just these fields, each as it is wanted; `...` stands for any number."""
    before, after = _tests(Tokens(text))

    def accepts(message: str) -> bool:
        values = [next(filter(None, groups), "") for groups in _FIELD.findall(message)]
        if len(values) < len(before) + len(after or ()) or (after is None and len(values) > len(before)):
            return False
        tail = values[len(values) - len(after) :] if after else []
        return _meet(before, values) and _meet(after or [], tail)

    return accepts


def _meet(tests: list[Test], values: list[str]) -> bool:
    return all(test is None or test(value) for test, value in zip(tests, values, strict=False))


def _tests(tokens: Tokens) -> tuple[list[Test], list[Test] | None]:
    """The tests of the fields before the ellipsis and after it; None after it where there is none."""
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
    """A name, perhaps with conditions; nothing at all (`[a, , b]`) is a field as well."""
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

    test = joined(tokens, condition)
    if len(set(names)) != 1 or (len(names) > 1 and not compared):
        raise invalid()
    return test if compared else None
