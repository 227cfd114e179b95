"""The state that is tested, in a state machine that has as much of the rest as it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clary.kernel.errors import validation
from clary.plane.port import Plane
from clary.services.stepfunctions.errors import invalid_definition
from clary.services.stepfunctions.integrations.known import knows
from clary.services.stepfunctions.interpreter import definition
from clary.services.stepfunctions.interpreter.definition import Definition, State
from clary.services.stepfunctions.language.texts import dump, load
from clary.services.stepfunctions.validation import Finding, diagnose
from clary.services.stepfunctions.validation.states import targets_of

_NAME = "StateName"
"""What AWS calls a state that has no name, in the context object."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A state, its place, and the definition around it."""

    definition: Definition
    container: int
    state: State


def subject_of(platform: Plane, text: str, name: str | None, is_mocked: bool) -> Subject:
    """Return the state of a definition, or the state that the definition is. Raise InvalidDefinition, ValidationException."""
    try:
        raw = load(text)
    except ValueError:
        raw = None
    if not isinstance(raw, dict):
        raise invalid_definition(
            [Finding("SCHEMA_VALIDATION_FAILED", "Definition must be a valid JSON object")]
        )
    wrapped = raw if name is not None else _around(raw)
    found = diagnose(dump(wrapped), lambda resource: is_mocked or knows(platform, resource))
    if found:
        raise invalid_definition([one if name else _bare(one) for one in found])
    read = definition.read(dump(wrapped))
    for number, container in enumerate(read.containers):
        if (name or _NAME) in container.states:
            return Subject(read, number, container.states[name or _NAME])
    raise validation("State not found in definition")


def _around(raw: dict[str, Any]) -> dict[str, Any]:
    """Return a state machine that begins with a state, and has the states that it leads to."""
    targets = {target: {"Type": "Succeed"} for _, target in targets_of(raw)}
    language = (
        {"QueryLanguage": raw["QueryLanguage"]} if raw.get("QueryLanguage") in ("JSONPath", "JSONata") else {}
    )
    return {"StartAt": _NAME, "States": {**targets, _NAME: raw}, **language}


def _bare(one: Finding) -> Finding:
    """Return a finding with its place in the state itself."""
    return Finding(one.code, one.message, one.location.removeprefix(f"/States/{_NAME}") or "/")
