"""The sentences of what is wrong with a definition."""

from __future__ import annotations

from clary.kernel import AwsError
from clary.kernel.errors import validation

_PREFIX = "Unable to parse pipeline definition. "


def unparsable(sentence: str, place: str = "") -> AwsError:
    """Return the ValidationException for a definition. `place` is where in it (`step Train, Arguments.RoleArn`)."""
    return validation(f"{_PREFIX}{sentence} ({place})" if place else f"{_PREFIX}{sentence}")


def member(place: str, name: str | int) -> str:
    """Return the place of a member or an element: `step Train, Arguments` and `RoleArn` give
    `step Train, Arguments.RoleArn`."""
    if isinstance(name, int):
        return f"{place}[{name}]"
    if not place:
        return name
    return f"{place}, {name}" if place.startswith("step ") and "," not in place else f"{place}.{name}"
