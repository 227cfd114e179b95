"""A definition as the interpreter uses it. It was checked when the state machine was made (validation/)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from clary.services.stepfunctions.language.texts import load

JSONATA = "JSONata"
JSONPATH = "JSONPath"


@dataclass(frozen=True, slots=True)
class State:
    """A state. `inner` are the numbers of the containers of its branches or iterations."""

    name: str
    kind: str
    raw: dict[str, Any]
    is_jsonata: bool
    inner: tuple[int, ...] = ()

    @property
    def is_distributed(self) -> bool:
        """Whether this is a Map whose iterations are executions of their own."""
        return (
            self.kind == "Map"
            and processor_of(self.raw).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED"
        )


@dataclass(frozen=True, slots=True)
class Container:
    """States of one level: the state machine's, a branch's, an iteration's."""

    start: str
    states: dict[str, State]
    raw: dict[str, Any]
    language: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A state machine; its first container is the outermost one."""

    containers: tuple[Container, ...]
    timeout: int | None

    def state(self, container: int, name: str) -> State:
        return self.containers[container].states[name]


def processor_of(raw: dict[str, Any]) -> dict[str, Any]:
    """Return the states of a Map's iterations; Iterator is the older name."""
    return raw.get("ItemProcessor") or raw.get("Iterator") or {}


@lru_cache(maxsize=256)
def read(text: str) -> Definition:
    """Return a definition from its text."""
    raw = load(text)
    containers: list[Container | None] = []
    _add(raw, JSONPATH, containers)
    found = tuple(one for one in containers if one is not None)
    return Definition(found, raw.get("TimeoutSeconds"))


def _add(raw: dict[str, Any], language: str, containers: list[Container | None]) -> int:
    """Add a container and those in it; return its number, which follows from the text alone."""
    number, own = len(containers), raw.get("QueryLanguage", language)
    containers.append(None)
    states = {name: _state(name, state, own, containers) for name, state in raw["States"].items()}
    containers[number] = Container(raw["StartAt"], states, raw, own)
    return number


def _state(name: str, raw: dict[str, Any], language: str, containers: list[Container | None]) -> State:
    own = raw.get("QueryLanguage", language)
    inside = raw.get("Branches", []) if raw["Type"] == "Parallel" else []
    if raw["Type"] == "Map":
        inside = [processor_of(raw)]
    # The language of a state does not hold for the states in it: that of the state machine does.
    inner = tuple(_add(one, language, containers) for one in inside)
    return State(name, raw["Type"], raw, own == JSONATA, inner)
