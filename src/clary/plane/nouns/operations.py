"""Find a noun's operations in a model by name alone. Shapes are resolved at the first request."""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import cache

from clary.plane.nouns.dialects import VERBS
from clary.wire import ServiceModel


def plurals(noun: str) -> Iterator[str]:
    """Yield possible plurals of a word in AWS's models: Jobs, Policies, Caches; `Data` is its own plural."""
    if noun.endswith("y"):
        yield noun[:-1] + "ies"
    if noun.endswith(("s", "x", "ch", "sh")):
        yield noun + "es"
    yield noun + "s"
    yield noun


def names_of(noun: str, verb: str) -> Iterator[str]:
    """Yield possible names of the operation for a verb of a noun."""
    for pattern in VERBS[verb]:
        if "{Nouns}" in pattern:
            yield from (pattern.replace("{Nouns}", plural) for plural in plurals(noun))
        else:
            yield pattern.replace("{Noun}", noun)


def find(operations: Container[str], noun: str) -> dict[str, str]:
    """Return the operations of a noun that a model has: operation -> verb."""
    found: dict[str, str] = {}
    for verb in VERBS:
        for name in names_of(noun, verb):
            if name in operations:
                found.setdefault(name, verb)  # if plural and singular are the same, GetData shows one record
    return found


@cache
def asked(model: ServiceModel, noun: str) -> frozenset[str]:
    """Return the members of a noun's Create call: the spec of its documents."""
    created = [name for name, verb in find(model.operations, noun).items() if verb == "create"]
    shapes = [model.operations[name].description.get("input", {}).get("shape", "") for name in created]
    return frozenset(
        member for shape in shapes for member in model.description["shapes"][shape].get("members", {})
    )
