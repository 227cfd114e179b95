"""Policy documents, compiled once: which of their statements apply to an action, a resource, a principal.

Knows no caller and decides nothing; evaluator.py does.
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
from clary.access.patterns import Keys, Template, arn_regex, arn_source, wildcards
from clary.access.principals import PrincipalMatch, compile_principal

log = logging.getLogger("clary.policy")

# Condition keys that are the same in all requests with one access key: a decision that depends on no others
# can be cached.
_PER_CALLER = ("aws:username", "aws:userid", "aws:principal")
_MOST_ACTIONS = 2048
_NOTHING = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
_LONGEST_STORED = 20_480  # characters: the limit of a bucket policy


ResourceMatch = Callable[[str, Keys], bool]


class Statement(NamedTuple):
    """A compiled statement. `place` is its index in the document; `allow` tells Allow from Deny.

    `cacheable` says that the result depends only on the caller, the action and the resource; `fixed` that the
    resources contain no variables.
    """

    place: int
    sid: str
    allow: bool
    action: Callable[[str], bool]
    resource: ResourceMatch
    principal: PrincipalMatch
    conditions: tuple[Test, ...]
    asks: tuple[str, ...]
    cacheable: bool
    fixed: bool

    def may_hold(self, resource: str, keys: Keys) -> bool:
        """Return whether the statement could apply to this resource in some request of this caller."""
        return not self.fixed or self.resource(resource, keys)

    def holds(self, resource: str, keys: Keys) -> bool:
        """Return whether the statement applies to this resource and its conditions hold. The action was
        checked before."""
        return self.resource(resource, keys) and all(test(keys) for test in self.conditions)


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A compiled policy. `about` remembers the statements for each action."""

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
    """Compile a policy that policy_parser.py accepts. Other text may raise any exception."""
    policy = json.loads(text)
    variables = policy.get("Version") == "2012-10-17"
    statements = tuple(_statement(i, s, variables) for i, s in enumerate(statements_of(policy)))
    return Document(text, statements, {})


def compile_stored(text: str) -> Document:
    """Compile a stored policy; if it cannot be parsed (an older version accepted it), return one that denies
    everything.

    Nobody can tell any more what such a policy was to deny. Text that is longer than any stored policy is not
    cached.
    """
    return _remembered(text) if len(text) <= _LONGEST_STORED else _compile_stored(text)


def _compile_stored(text: str) -> Document:
    try:
        return compile_policy(text)
    except Exception:
        log.exception("Cannot parse a stored policy, so it denies everything. Replace it: %.200s", text)
        return Document(text, (_statement(0, _NOTHING, variables=False),), {})


_remembered = lru_cache(maxsize=4096)(_compile_stored)


def statements_of(policy: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the statements of a policy, which may be one without a list."""
    return listed(policy.get("Statement", []))


def listed(value: Any) -> list[Any]:
    """Return a policy element that is one value or a list as a list."""
    return value if isinstance(value, list) else [value]


def _statement(place: int, element: Mapping[str, Any], variables: bool) -> Statement:
    resources = [
        Template(text, variables) for text in listed(element.get("Resource", element.get("NotResource", [])))
    ]
    condition = element.get("Condition") or {}
    asks = keys_of(condition)
    allow = element["Effect"] == "Allow"
    names = {name for template in resources for name in template.names}
    return Statement(
        place=place,
        sid=str(element.get("Sid", "")),
        allow=allow,
        action=_action(listed(element.get("Action", element.get("NotAction", []))), "NotAction" in element),
        resource=_not_resource(resources, allow)
        if "NotResource" in element
        else _resource(resources, "Resource" in element),
        principal=compile_principal(element),
        conditions=compile_conditions(condition, variables, allow),
        asks=tuple(asks) + tuple(names),
        cacheable=all(name.lower().startswith(_PER_CALLER) for name in (*asks, *names)),
        fixed=not names,
    )


def _action(patterns: Iterable[str], negated: bool) -> Callable[[str], bool]:
    """Return a matcher for actions, ignoring case; it expects the action in lower case."""
    folded = [pattern.lower() for pattern in patterns]
    plain = frozenset(pattern for pattern in folded if "*" not in pattern and "?" not in pattern)
    wild = _either(wildcards(pattern) for pattern in folded if pattern not in plain)

    def matches(action: str) -> bool:
        return (action in plain or (wild is not None and wild.fullmatch(action) is not None)) is not negated

    return matches


def _resource(templates: Sequence[Template], given: bool = True) -> ResourceMatch:
    if not given:
        return lambda resource, keys: True  # trust policies have no Resource: they apply to their role
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
    """Return a matcher for all resources but these.

    In an Allow statement it matches nothing if a variable has no value, since nobody can tell what it
    excludes.
    """
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
