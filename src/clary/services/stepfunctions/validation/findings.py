"""What is wrong with a definition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from clary.services.stepfunctions.language.resources import Resource
from clary.services.stepfunctions.language.texts import kind_of

SCHEMA = "SCHEMA_VALIDATION_FAILED"
TARGET = "MISSING_TRANSITION_TARGET"
Known = Callable[[Resource], bool]
"""Whether a platform can run tasks of a resource."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One diagnostic. `location` is '' where it is the text as a whole."""

    code: str
    message: str
    location: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" + (f" at {self.location}" if self.location else "")


@dataclass(slots=True)
class Report:
    """The findings so far, and what the checks must know of the whole state machine."""

    known: Known
    is_express: bool = False
    findings: list[Finding] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    expressions: list[tuple[str, str, str]] = field(default_factory=list)
    """Expressions of JSONata, each with its field and the place of its state: they are read together, at the end."""

    def add(self, message: str, location: str, code: str = SCHEMA) -> None:
        self.findings.append(Finding(code, message, location or "/"))

    def needs(self, raw: dict[str, Any], location: str, *fields: str) -> bool:
        """Report the fields that are missing; return whether all are there."""
        missing = [name for name in fields if name not in raw]
        if missing:
            self.add(f"These fields are required: [{', '.join(missing)}]", location)
        return not missing

    def is_a(self, kind: str, value: Any, location: str) -> bool:
        """Report a value of another type; return whether it has this one."""
        if kind_of(value) != kind:
            self.add(f"Expected value of type [{kind.capitalize()}]", location)
            return False
        return True
