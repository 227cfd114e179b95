"""Read members of a definition: what type they have, which of them are known, which are missing."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from clary.services.sagemaker.pipelines.definition.says import member, unparsable
from clary.services.sagemaker.pipelines.definition.types import JSON

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_LONGEST_STEP_NAME = 64
LONGEST_DESCRIPTION = 3072


def structure(value: JSON, place: str) -> Mapping[str, JSON]:
    """Return an object, without its members that are null. Raise ValidationException for anything else."""
    if not isinstance(value, dict):
        raise unparsable("Expecting start of Json Object.", place)
    return {name: inner for name, inner in value.items() if inner is not None}


def known(value: JSON, names: Collection[str], place: str) -> Mapping[str, JSON]:
    """Return an object that has no members but these."""
    found = structure(value, place)
    for name in found:
        if name not in names:
            raise unparsable(f"Cannot parse object, unknown property '{name}'.", place)
    return found


def listed(value: JSON, place: str) -> list[JSON]:
    """Return a list. Raise ValidationException for anything else."""
    if not isinstance(value, list):
        raise unparsable("Expecting start of Json Array.", place)
    return value


def required(found: Mapping[str, JSON], name: str, place: str) -> JSON:
    """Return a member. Raise ValidationException where it is missing."""
    if found.get(name) is None:
        raise unparsable(f"Missing required property '{name}'.", place)
    return found[name]


def text(value: JSON, place: str, longest: int = 1024) -> str:
    """Return a text of at most so many characters."""
    if not isinstance(value, str):
        raise unparsable("Expecting a String.", place)
    if len(value) > longest:
        raise unparsable(f"It has more than {longest} characters.", place)
    return value


def some_text(found: Mapping[str, JSON], name: str, place: str, longest: int = 1024) -> str:
    """Return a member that is a text, '' where it is missing."""
    return text(found[name], member(place, name), longest) if name in found else ""


def boolean(value: JSON, place: str) -> bool:
    if not isinstance(value, bool):
        raise unparsable("Expecting a Boolean.", place)
    return value


def number(value: JSON, place: str, least: float, most: float) -> float:
    """Return a number between two others."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise unparsable("Expecting a number.", place)
    if not least <= value <= most:
        raise unparsable(f"It must be between {least:g} and {most:g}.", place)
    return value


def whole(value: JSON, place: str, least: int, most: int) -> int:
    """Return an integer between two others."""
    if not isinstance(value, int):
        raise unparsable("Expecting an Integer.", place)
    return int(number(value, place, least, most))


def name_of(value: JSON, place: str, longest: int = 256) -> str:
    """Return the name of a parameter or of a property file."""
    found = text(value, place, longest)
    if not _NAME.fullmatch(found):
        raise unparsable(f"'{found}' is not a name: letters, digits, - and _ are.", place)
    return found


def step_name(value: JSON, place: str) -> str:
    return name_of(value, place, _LONGEST_STEP_NAME)
