"""Values made of the shapes of a model."""

from __future__ import annotations

from typing import Any


def smallest(shape: Any, text: str) -> Any:
    """A structure with the members that it must have, a list of one; whatever else it is, a text."""
    if shape.type_name == "structure":
        return {name: smallest(shape.members[name], text) for name in shape.required_members}
    return [smallest(shape.member, text)] if shape.type_name == "list" else text
