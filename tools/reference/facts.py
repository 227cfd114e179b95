"""What a service says of itself in code, as a user of it asks: nouns, members, statuses, permissions, condition keys."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clary.plane import Members, Noun, Service
from clary.plane.nouns import operations


def answered(service: Service) -> list[str]:
    """Return the operations of the model that answer."""
    return sorted(name for name in service.actions if name in service.model.operations)


def not_answered(service: Service) -> list[str]:
    """Return the operations of the model that are refused by name."""
    return sorted(name for name in service.model.operations if name not in service.actions)


def nouns(service: Service) -> dict[str, list[str]]:
    """Return the operations that are the life of each declared noun."""
    return {
        name: [one for one in operations.find(service.model.operations, name) if one in service.actions]
        for name in sorted(service.nouns)
    }


def refused_members(service: Service, operation: str) -> list[str]:
    """Return the members of a request that nothing acts on, each as the shortest path that has nothing known below it."""
    return sorted(
        set(_refused(service.model.operations[operation].input, service.accepts[operation], "", ()))
    )


def _refused(shape: Any, known: Members, path: str, above: tuple[str, ...]) -> Iterator[str]:
    while shape is not None and shape.type_name == "list":
        shape = shape.member
    if shape is None or shape.name in above or shape.type_name != "structure":
        return
    for name, inner in shape.members.items():
        yield from _refused_member(inner, known, f"{path}.{name}" if path else name, (*above, shape.name))


def _refused_member(shape: Any, known: Members, path: str, above: tuple[str, ...]) -> Iterator[str]:
    acted_on = (*known.done, *known.echoed)
    if any(path == one or path.startswith(f"{one}.") for one in acted_on):
        return
    if path in known.refused or not any(one.startswith(f"{path}.") for one in known.paths):
        yield path
    else:
        yield from _refused(shape, known, path, above)


def statuses(noun: Noun) -> tuple[str, ...]:
    """Return the row of a noun's statuses: member, first, last ones, while it stops, while it goes, when it is busy."""
    states = noun.states
    if states is None:
        return ()
    return (states.member, states.start, ", ".join(states.final), states.stop or states.leaving or "")


def permissions(service: Service) -> Iterator[tuple[str, str]]:
    """Yield the operations whose IAM action is another than their name or that need a second one, and those actions."""
    for operation in answered(service):
        action = service.actions[operation]
        if action.open:
            yield operation, _of_open(service, operation)
            continue
        names = [action.name, *(one.action for one in action.also)]
        if names != [f"{service.action_prefix}:{operation}"]:
            yield operation, _said(action.name, action.also)


def _of_open(service: Service, operation: str) -> str:
    """Return what is asked about an operation that any verified caller may call."""
    each = ", ".join(f"`{action}`" for action in service.one_by_one.get(operation, ()))
    return (
        f"{each}, for each of the things that are named" if each else "none: any verified caller may call it"
    )


def _said(name: str, also: Any) -> str:
    more = [one for one in also if one.action != name or one.on]
    return "; ".join([f"`{name}`", *(f"`{one.action}`{_on(one)}{_when(one)}" for one in more)])


def _on(one: Any) -> str:
    return f" on `{one.on}`" if isinstance(one.on, str) and one.on != "*" else ""


def _when(one: Any) -> str:
    if callable(one.when):
        return " for some requests"
    return f" with {', '.join(f'`{member}`' for member in one.members)}" if one.members else ""


def resources(service: Service) -> Iterator[tuple[str, str]]:
    """Yield each noun with the form of its ARN."""
    for name, noun in sorted(service.nouns.items()):
        yield name, f"arn:aws:{noun.prefix}:REGION:ACCOUNT:{noun.arn}"


def condition_keys(service: Service) -> dict[str, tuple[str, ...]]:
    """Return the service's own condition keys and the request members that hold their values.

    Keys that a function finds have no members here: each is a text in small letters in the module of that function.
    """
    prefix = f"{service.action_prefix}:"
    in_use = {member for operation in answered(service) for member in service.members_of(operation)}
    known = {
        key: members
        for key, members in service.access.members.items()
        if key.startswith(prefix) and any(member.partition(".")[0] in in_use for member in members)
    }
    if service.access.keys is None:
        return known
    source = Path(inspect.getfile(service.access.keys)).read_text()
    others = set(re.findall(rf'"({re.escape(prefix)}[a-z0-9-]+)"', source)) - set(service.access.members)
    return {**known, **dict.fromkeys(others, ())}


def observed(service: Service) -> Iterator[tuple[str, str]]:
    """Yield each noun with what of it comes into the change feed."""
    for name, noun in sorted(service.nouns.items()):
        said = service.observed.get(noun.kind)
        parts = [noun.states.member] if noun.states else []
        parts += [*said.members, *(["tags"] if said.tags else [])] if said else []
        yield (
            name,
            ", ".join(f"`{part}`" if part != "tags" else part for part in parts)
            or "that it is made and deleted",
        )
