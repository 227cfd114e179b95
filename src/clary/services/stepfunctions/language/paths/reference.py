"""Writes to the place that a reference path names: ResultPath."""

from __future__ import annotations

from typing import Any

from clary.services.stepfunctions.language.paths.parse import Path
from clary.services.stepfunctions.language.paths.steps import Index, Name


class Unfit(Exception):
    """The document has no such place and none can be made."""


def put(path: Path, document: Any, value: Any) -> Any:
    """Return a document with a value in a place; objects on the way are made. Raise Unfit where a place cannot be."""
    if not path.steps:
        return value
    step, rest = path.steps[0], Path(path.text, path.root, path.steps[1:])
    if isinstance(step, Name):
        if document is not None and not isinstance(document, dict):
            raise Unfit
        made = dict(document or {})
        made[step.names[0]] = put(rest, made.get(step.names[0]), value)
        return made
    if not isinstance(step, Index) or not isinstance(document, list) or step.numbers[0] >= len(document):
        raise Unfit
    items = list(document)
    items[step.numbers[0]] = put(rest, items[step.numbers[0]], value)
    return items
