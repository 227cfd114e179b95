"""Policy variables: their form, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clary.services.accessanalyzer.checks.policy import Policy
from clary.services.accessanalyzer.findings import Finding
from clary.services.accessanalyzer.json_tree import Node, walk

_VARIABLE = re.compile(r"\$\{([^}]*)(\}?)")
_LITERAL = ("*", "?", "$")  # the characters themselves ("IAM policy elements: Variables and tags")
_WITH = ("Resource", "NotResource", "Condition")


def check(policy: Policy) -> Iterator[Finding]:
    """Yield what is wrong with the variables of a policy."""
    for statement in policy.statements:
        for member in statement.members:
            for node in walk(member.node):
                if node.kind == "string" and "${" in node.value:
                    yield from _text(policy, member.name, node)


def _text(policy: Policy, name: str, node: Node) -> Iterator[Finding]:
    for found in _VARIABLE.finditer(node.value):
        if name not in _WITH:
            yield Finding("VARIABLE_UNSUPPORTED_IN_ELEMENT", node, variable=found[0])
        elif not policy.has_variables:
            yield Finding("VARIABLE_UNSUPPORTED_IN_VERSION", node)
        else:
            yield from _form(node, found[1], closed=bool(found[2]))


def _form(node: Node, inner: str, *, closed: bool) -> Iterator[Finding]:
    variable, comma, default = inner.partition(",")
    if not closed:
        yield Finding("MISSING_BRACE_IN_VARIABLE", node)
    elif not inner.strip():
        yield Finding("EMPTY_VARIABLE", node)
    elif variable in _LITERAL:
        return
    elif " " in variable.strip() or variable != variable.strip():
        yield Finding("UNSUPPORTED_SPACE_IN_VARIABLE", node)
    elif comma and not re.fullmatch(r"\s*'[^']*'", default):
        yield Finding("MISSING_QUOTE_IN_VARIABLE", node)
