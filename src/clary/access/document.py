"""Policy documents, parsed and compiled once: which statements are about an action, a resource, a principal.

Knows no caller's policies and draws no conclusion; policy.py does.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from clary.access.conditions import Test, compile_conditions, keys_of
from clary.access.principals import PrincipalMatch, compile_principal
from clary.access.text import Keys, Template, arn_regex, arn_source, wildcards

log = logging.getLogger("clary.policy")

# Keys that are the same in every request of one access key: what depends on no others may be remembered.
_STEADY = ("aws:username", "aws:userid", "aws:principal")
_MOST_ACTIONS = 2048
_NOTHING = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
_LONGEST_STORED = 20_480  # characters: a bucket policy


ResourceMatch = Callable[[str, Keys], bool]


class Statement(NamedTuple):
    """One compiled statement. `place` is its number in the document, `allow` its effect.

    `steady` says that its answer hangs on the caller, the action and the resource alone; `fixed` that its resources
    hold no variables.
    """

    place: int
    sid: str
    allow: bool
    action: Callable[[str], bool]
    resource: ResourceMatch
    principal: PrincipalMatch
    conditions: tuple[Test, ...]
    asks: tuple[str, ...]
    steady: bool
    fixed: bool

    def may_hold(self, resource: str, keys: Keys) -> bool:
        """Whether it could be about this resource in some request of this caller."""
        return not self.fixed or self.resource(resource, keys)

    def holds(self, resource: str, keys: Keys) -> bool:
        """Whether it is about this resource and its conditions hold; the action was looked at before."""
        return self.resource(resource, keys) and all(test(keys) for test in self.conditions)


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A compiled policy. `about` finds the statements for an action in one dictionary look-up once it was asked."""

    text: str
    statements: tuple[Statement, ...]
    _by_action: dict[str, tuple[Statement, ...]]

    def about(self, action: str) -> tuple[Statement, ...]:
        found = self._by_action.get(action)
        if found is None:
            folded = action.lower()
            found = tuple(s for s in self.statements if s.action(folded))
            if len(self._by_action) >= _MOST_ACTIONS:
                self._by_action.clear()
            self._by_action[action] = found
        return found


def compile_policy(text: str) -> Document:
    """Compile a policy that the grammar takes (shape.py). Any other may raise whatever it is that fails."""
    policy = json.loads(text)
    variables = policy.get("Version") == "2012-10-17"
    statements = tuple(_statement(i, s, variables) for i, s in enumerate(statements_of(policy)))
    return Document(text, statements, {})


def compile_stored(text: str) -> Document:
    """Compile a policy that is stored. One that cannot be read, because an earlier version took it, denies everything:
    what it denied nobody knows any more. What is longer than any policy that is stored is not remembered."""
    return _remembered(text) if len(text) <= _LONGEST_STORED else _compile_stored(text)


def _compile_stored(text: str) -> Document:
    try:
        return compile_policy(text)
    except Exception:
        log.exception("a stored policy cannot be read and denies everything: %.200s", text)
        return Document(text, (_statement(0, _NOTHING, variables=False),), {})


_remembered = lru_cache(maxsize=4096)(_compile_stored)


def statements_of(policy: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The statements of a policy; a single one may stand without a list."""
    return listed(policy.get("Statement", []))


def listed(value: Any) -> list[Any]:
    """A policy element that may be one value or a list of them."""
    return value if isinstance(value, list) else [value]


def _statement(place: int, said: Mapping[str, Any], variables: bool) -> Statement:
    resources = [
        Template(text, variables) for text in listed(said.get("Resource", said.get("NotResource", [])))
    ]
    condition = said.get("Condition") or {}
    asks = keys_of(condition)
    allow = said["Effect"] == "Allow"
    names = {name for template in resources for name in template.names}
    return Statement(
        place=place,
        sid=str(said.get("Sid", "")),
        allow=allow,
        action=_action(listed(said.get("Action", said.get("NotAction", []))), "NotAction" in said),
        resource=_not_resource(resources, allow)
        if "NotResource" in said
        else _resource(resources, "Resource" in said),
        principal=compile_principal(said),
        conditions=compile_conditions(condition, variables, allow),
        asks=tuple(asks) + tuple(names),
        steady=all(name.lower().startswith(_STEADY) for name in (*asks, *names)),
        fixed=not names,
    )


def _action(patterns: Iterable[str], negated: bool) -> Callable[[str], bool]:
    """Actions are compared without regard to case; what is asked must be lower-case."""
    folded = [pattern.lower() for pattern in patterns]
    plain = frozenset(pattern for pattern in folded if "*" not in pattern and "?" not in pattern)
    wild = _either(wildcards(pattern) for pattern in folded if pattern not in plain)

    def matches(action: str) -> bool:
        return (action in plain or (wild is not None and wild.fullmatch(action) is not None)) is not negated

    return matches


def _resource(templates: Sequence[Template], given: bool = True) -> ResourceMatch:
    if not given:
        return lambda resource, keys: True  # trust policies have no Resource: it is the role itself
    if any(template.raw == "*" for template in templates):
        return lambda resource, keys: True
    fixed = _either(arn_source(template.raw) for template in templates if template.fixed)
    moving = [template for template in templates if not template.fixed]
    if not moving and fixed is not None:
        return lambda resource, keys: fixed.fullmatch(resource) is not None

    def matches(resource: str, keys: Keys) -> bool:
        hit = fixed is not None and fixed.fullmatch(resource) is not None
        return hit or any(_fills(template, resource, keys) for template in moving)

    return matches


def _not_resource(templates: Sequence[Template], allow: bool) -> ResourceMatch:
    """All but these. Where a variable has no value nobody can say which, so that nothing is allowed by it."""
    named = _resource(templates)
    moving = [template for template in templates if not template.fixed]
    if not (allow and moving):
        return lambda resource, keys: not named(resource, keys)

    def matches(resource: str, keys: Keys) -> bool:
        return not any(template.fill(keys) is None for template in moving) and not named(resource, keys)

    return matches


def _fills(template: Template, resource: str, keys: Keys) -> bool:
    pattern = template.fill(keys)
    return pattern is not None and arn_regex(pattern).fullmatch(resource) is not None


def _either(sources: Iterable[str]) -> re.Pattern[str] | None:
    found = list(sources)
    return re.compile("|".join(f"(?:{source})" for source in found), re.DOTALL) if found else None
