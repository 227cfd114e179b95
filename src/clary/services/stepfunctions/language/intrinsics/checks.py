"""The checks of arguments that functions share. All raise ValueError."""

from __future__ import annotations

from typing import Any

from clary.services.stepfunctions.language.texts import is_integer

MOST_BYTES = 262_144
"""The largest value of a state (quotas: "Maximum input or output size for a task, state, or execution")."""


def array(value: Any, function: str) -> list[Any]:
    """Return an argument that must be an array."""
    if not isinstance(value, list):
        raise ValueError(f"Invalid arguments in States.{function}: the first argument must be an array.")
    return value


def integer(value: Any, function: str) -> int:
    """Return an argument that must be a number; a fraction is rounded down, as AWS's page says."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise ValueError(f"Invalid arguments in States.{function}: a number is expected.")
    return int(value) if is_integer(value) else int(value // 1)


def string(value: Any, function: str, most: int | None = None) -> str:
    """Return an argument that must be a string of at most so many characters."""
    if not isinstance(value, str):
        raise ValueError(f"Invalid arguments in States.{function}: a string is expected.")
    if most is not None and len(value) > most:
        raise ValueError(f"Invalid arguments in States.{function}: at most {most} characters are allowed.")
    return value
