"""A policy as the checks see it: its kind, its statements, and what can be said of them once."""

from __future__ import annotations

from dataclasses import dataclass

from clary.services.accessanalyzer.json_tree import Node

IDENTITY, RESOURCE, SCP = "IDENTITY_POLICY", "RESOURCE_POLICY", "SERVICE_CONTROL_POLICY"


@dataclass(frozen=True, slots=True)
class Policy:
    """`kind` is the policy type; `about` the type of resource that a resource policy belongs to, or ''."""

    kind: str
    about: str
    text: str
    root: Node

    @property
    def statements(self) -> list[Node]:
        """The statements that are objects."""
        found = self.root.get("Statement")
        return [one for one in found.listed() if one.kind == "object"] if found else []

    @property
    def has_variables(self) -> bool:
        """Whether the version of the policy has variables."""
        version = self.root.get("Version")
        return version is not None and version.value == "2012-10-17"


def allows(statement: Node) -> bool:
    effect = statement.get("Effect")
    return effect is not None and effect.value == "Allow"


def element(statement: Node, name: str) -> tuple[Node | None, bool]:
    """Return `Action` or `NotAction` of a statement, and whether it is the latter."""
    found = statement.get(name)
    return (found, False) if found is not None else (statement.get(f"Not{name}"), True)
