"""Paths into JSON, as `Get` and JsonGet write them: `Outputs['train'].S3Output.S3Uri`, `metrics.mse[0].value`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from clary.services.sagemaker.pipelines.definition.types import JSON

# A member or a key is a text, an index is a number.
Path = tuple[str | int, ...]

_MOST_CHARACTERS = 2048
_PART = re.compile(
    r"\.?(?P<name>[^.\[\]'\"]+)|\[(?P<index>\d{1,9})\]|\[(?P<quote>['\"])(?P<key>[^'\"]+)(?P=quote)\]"
)


def parse_path(text: str) -> Path:
    """Return the parts of a path. Raise ValueError for any other text."""
    if not text or len(text) > _MOST_CHARACTERS or text.startswith("."):
        raise ValueError(text)
    parts: list[str | int] = []
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        if found is None or (found["name"] and at > 0 and text[at] != "."):
            raise ValueError(text)
        parts.append(int(found["index"]) if found["index"] else found["name"] or found["key"])
        at = found.end()
    return tuple(parts)


def walk(value: JSON, path: Path) -> JSON:
    """Return what stands at a path. Raise LookupError where nothing does."""
    for part in path:
        value = _inside(value, part)
    return value


def _inside(value: Any, part: str | int) -> JSON:
    if isinstance(value, Mapping) and isinstance(part, str):
        return value[part]
    if isinstance(value, list):
        return value[part] if isinstance(part, int) else _named(value, part)
    raise LookupError(part)


def _named(entries: list[JSON], name: str) -> JSON:
    """Return the structure of a list that has this name: `Outputs['train']` is the entry whose OutputName it is."""
    for entry in entries:
        if isinstance(entry, Mapping) and name in (entry.get(one) for one in entry if is_name(one)):
            return entry
    raise LookupError(name)


def is_name(member: str) -> bool:
    """Return whether a member of a structure names it: OutputName, ChannelName, MetricName, Name."""
    return member.endswith("Name")
