"""The steps of a pipeline definition as a graph. The platform has checked the definition, so it is only read here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

_REFERENCE = re.compile(r"Steps\.([A-Za-z0-9_-]+)[.\[]")


@dataclass(frozen=True, slots=True)
class Node:
    """A step. `after` are the steps that it waits for; `condition` is the Condition step that it stands in ('' for none), and
    `taken` in which of its branches."""

    name: str
    type: str
    after: frozenset[str] = frozenset()
    condition: str = ""
    taken: bool = True


Graph = Mapping[str, Node]


def read(definition: str) -> Graph:
    """Return the steps by name, each behind those that it waits for, and without what it waits for anyway."""
    nodes = {node.name: node for node in _nodes(json.loads(definition)["Steps"])}
    return _reduced({name: nodes[name] for name in _order(nodes)})


def _nodes(steps: list[dict[str, Any]], condition: str = "", taken: bool = True) -> Iterator[Node]:
    for step in steps:
        arguments = dict(step.get("Arguments") or {})
        branches = [(arguments.pop(name, None) or [], name == "IfSteps") for name in ("IfSteps", "ElseSteps")]
        named = {one["Step"] if isinstance(one, dict) else one for one in step.get("DependsOn") or ()}
        used = {*named, *_references({**step, "Arguments": arguments})}
        after = frozenset(used | ({condition} if condition else set()))
        yield Node(step["Name"], step["Type"], after, condition, taken)
        for inner, of_true in branches if step["Type"] == "Condition" else ():
            yield from _nodes(inner, step["Name"], of_true)


def _references(value: Any) -> Iterator[str]:
    """Yield the names of the steps that a value refers to."""
    if isinstance(value, dict):
        if isinstance(value.get("Get"), str) and (found := _REFERENCE.match(value["Get"])):
            yield found[1]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _order(nodes: Graph) -> list[str]:
    """Return the names, each behind those that it waits for, else as they are written."""
    found: dict[str, None] = {}
    for name in nodes:
        waiting = [name]
        while waiting:
            left = [one for one in sorted(nodes[waiting[-1]].after) if one in nodes and one not in found]
            if left:
                waiting.append(left[0])
            else:
                found.setdefault(waiting.pop())
    return list(found)


def _reduced(nodes: Graph) -> Graph:
    """Return the nodes without edges to what another edge leads to as well."""
    before: dict[str, set[str]] = {}
    for name, node in nodes.items():
        before[name] = set(node.after).union(*(before[one] for one in node.after))
    return {
        name: replace(
            node,
            after=frozenset(
                one for one in node.after if not any(one in before[other] for other in node.after)
            ),
        )
        for name, node in nodes.items()
    }
