"""Actions: wildcards, lists that say things twice, and rights that pass or make roles."""

from __future__ import annotations

from collections.abc import Iterator

from clary.access.patterns import wildcard_regex
from clary.services.accessanalyzer.checks.policy import IDENTITY, SCP, Policy, allows, element
from clary.services.accessanalyzer.findings import Finding
from clary.services.accessanalyzer.json_tree import Node

_PASS_ROLE, _CREATE_SLR = "iam:PassRole", "iam:CreateServiceLinkedRole"
_MOST_PATTERNS = 100  # with which all entries of a list are compared


def check(policy: Policy) -> Iterator[Finding]:
    """Yield what can be said of the actions of a policy."""
    for statement in policy.statements:
        actions, negated = element(statement, "Action")
        if actions is None:
            continue
        for one in actions.strings():
            yield from _wildcards(policy, one)
        yield from _redundant(actions)
        if policy.kind == IDENTITY and allows(statement):
            yield from _lends_roles(statement, actions, negated)


def _wildcards(policy: Policy, action: Node) -> Iterator[Finding]:
    text: str = action.value
    if policy.kind == SCP and ("*" in text[:-1] or "?" in text):
        yield Finding("SCP_SYNTAX_ERROR_ACTION_WILDCARD", action, action=text)
    service, colon, _ = text.partition(":")
    if colon and any(letter in service for letter in "*?"):
        yield Finding("WILDCARD_IN_SERVICE_NAME", action)


def _redundant(actions: Node) -> Iterator[Finding]:
    found = covered(actions.strings(), lambda text: text.lower())
    if found:
        yield Finding("REDUNDANT_ACTION", *found, count=len(found), example=found[0].value)


def covered(nodes: list[Node], fold: object = str) -> list[Node]:
    """Return the entries of a list that another one makes superfluous: the same again, or one with a wildcard."""
    texts: list[str] = [fold(node.value) for node in nodes]  # type: ignore[operator]
    # A `?` in the wider pattern could match the star of the narrower one, which stands for more than one letter.
    wide = [text for text in dict.fromkeys(texts) if "*" in text and "?" not in text and "$" not in text]
    patterns = [(text, wildcard_regex(text)) for text in wide[:_MOST_PATTERNS]]
    seen: set[str] = set()
    found: list[Node] = []
    for node, text in zip(nodes, texts, strict=True):
        again = text in seen
        seen.add(text)
        if again or any(text != other and pattern.fullmatch(text) for other, pattern in patterns):
            found.append(node)
    return found


def _lends_roles(statement: Node, actions: Node, negated: bool) -> Iterator[Finding]:
    """Yield findings for rights to pass any role, or to make any service-linked role."""
    resources, without = element(statement, "Resource")
    if resources is None:
        return
    for action, code in ((_PASS_ROLE, "PASS_ROLE"), (_CREATE_SLR, "CREATE_SLR")):
        how = _includes(actions, negated, action)
        if how is None or not (without or _any_role(resources)):
            continue
        if code == "PASS_ROLE" and not without and _is_about(statement, "iam:passedtoservice"):
            continue
        yield Finding(f"{code}_WITH_{_suffix(how, without)}", actions, resources, action=action)


def _suffix(how: str, without: bool) -> str:
    where = "NOT_RESOURCE" if without else "STAR_IN_RESOURCE"
    if how == "named":
        return where
    if how == "not":
        return f"NOT_ACTION_AND_{where}" if without else f"{where}_AND_NOT_ACTION"
    return f"STAR_IN_ACTION_AND_{where}" if without else "STAR_IN_ACTION_AND_RESOURCE"


def _includes(actions: Node, negated: bool, action: str) -> str | None:
    """Return how an element includes an action: `named`, `star` or `not`; None if it does not."""
    folded = action.lower()
    texts = [node.value.lower() for node in actions.strings()]
    matching = [text for text in texts if text == folded or _matches(text, folded)]
    if negated:
        return None if matching else "not"
    if folded in matching:
        return "named"
    return "star" if matching else None


def _matches(pattern: str, action: str) -> bool:
    return any(letter in pattern for letter in "*?") and wildcard_regex(pattern).fullmatch(action) is not None


def _any_role(resources: Node) -> bool:
    """Return whether an element names all roles."""
    texts = (node.value for node in resources.strings())
    return any(text == "*" or text.endswith((":*", ":role/*")) for text in texts)


def _is_about(statement: Node, key: str) -> bool:
    """Return whether a condition of a statement asks for a key (lower case)."""
    condition = statement.get("Condition")
    if condition is None:
        return False
    return any(one.name.lower() == key for operator in condition.members for one in operator.node.members)
