"""Where a record keeps what a List filters or sorts by: a column of the store, or a path into the document.

A member is found by its name, ignoring case and underscores, in the order of `place`. Reads the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.plane.nouns import operations
from clary.plane.nouns.dialects import CREATED, MODIFIED
from clary.plane.nouns.noun import Noun
from clary.wire import ServiceModel

SPEC, STATUS = "doc.spec", "doc.status"


def fold(name: str) -> str:
    """Return a name without case and underscores: `CREATION_TIME`, `CreationTime` and `creationTime` are the
    same."""
    return name.replace("_", "").lower()


class Fields:
    """The members of the records of one noun."""

    def __init__(self, noun: Noun, model: ServiceModel, summary: Any = None) -> None:
        self._noun = noun
        by_verb = {
            verb: model.operations[name]
            for name, verb in operations.find(model.operations, noun.name).items()
        }
        inputs = [by_verb[verb].input for verb in ("update", "create") if verb in by_verb]
        outputs = [by_verb["describe"].output] if "describe" in by_verb else []
        self._spec = _members(inputs)
        self._status = _members([*outputs, summary])

    def place(self, name: str) -> str | None:
        """Return the column or path for a List's name; None if records of this noun do not have it."""
        wanted = fold(name)
        if name in self._noun.lists:
            return self._noun.lists[name]
        longer = f"{self._noun.name.lower()}{wanted}"  # ListModelCardVersions is sorted by Version
        return (
            self._column(wanted)
            or _within(SPEC, self._spec, wanted)
            or _within(STATUS, self._status, wanted)
            or _within(SPEC, self._spec, longer)
            or _within(STATUS, self._status, longer)
            or _below(SPEC, self._spec, wanted)
            or _below(STATUS, self._status, wanted)
        )

    def _column(self, wanted: str) -> str | None:
        noun = self._noun.name.lower()
        if wanted in CREATED:
            return "created"
        if wanted in MODIFIED:
            return "modified"
        if self._noun.states and wanted in ("status", f"{noun}status", fold(self._noun.states.member)):
            return "status"
        if wanted in ("arn", f"{noun}arn"):
            return "arn"
        return self._name(wanted, noun)

    def _name(self, wanted: str, noun: str) -> str | None:
        """Return the id column if the name is the whole id; else a part of the name, or a member of the
        document."""
        key = self._noun.named
        if wanted not in ("name", f"{noun}name", *map(fold, key.members)):
            return None
        if len(key.members) == 1 and (not key.made or wanted == fold(key.members[0])):
            return "id"
        own = [name for name in key.members if fold(name) == wanted]
        if own or not key.made:
            return f"{SPEC}.{(own or key.members[-1:])[0]}"
        return _within(SPEC, self._spec, f"{noun}name") or _within(SPEC, self._spec, "name")


def _members(shapes: list[Any]) -> dict[str, tuple[str, Any]]:
    """Return the members of structures by folded name; later structures override earlier ones."""
    return {
        fold(name): (name, member)
        for shape in shapes
        if shape is not None and shape.type_name == "structure"
        for name, member in shape.members.items()
    }


def _within(part: str, members: Mapping[str, tuple[str, Any]], wanted: str) -> str | None:
    return f"{part}.{members[wanted][0]}" if wanted in members else None


def _below(part: str, members: Mapping[str, tuple[str, Any]], wanted: str) -> str | None:
    """Look one level deeper: `SourceUri` of an artifact is in its `Source`."""
    for name, shape in members.values():
        if shape.type_name == "structure":
            found = _within(f"{part}.{name}", _members([shape]), wanted)
            if found:
                return found
    return None
