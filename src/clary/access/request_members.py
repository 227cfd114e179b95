"""Values in a request by the paths of their members, and the tags in a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Members with tags to set, and with the keys of tags to remove. UntagLogGroup has the latter in `tags`.
_SET = ("Tags", "tags", "TagSet", "CreateBucketConfiguration.Tags")
_REMOVED = ("TagKeys", "tagKeys", "tags")


def requested_tags(params: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags in a request, given as a list of Key and Value or as a map."""
    tags = next((found for path in _SET if (found := member(params, path))), None)
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    listed = [tag for tag in tags or () if isinstance(tag, Mapping)]
    pairs = ((tag.get("Key", tag.get("key")), tag.get("Value", tag.get("value", ""))) for tag in listed)
    return {str(key): str(value) for key, value in pairs if key is not None}


def removed_tags(params: Mapping[str, Any]) -> list[str]:
    """Return the keys of the tags that a request removes."""
    found = (key for name in _REMOVED for key in members(params, name))
    return [key for key in found if isinstance(key, str)]


def member(params: Mapping[str, Any], path: str) -> Any:
    """Return the value at a path through structures, or None."""
    value: Any = params
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def members(value: Any, path: str) -> list[Any]:
    """Return the values at a path through structures and lists."""
    found = [value]
    for name in path.split("."):
        found = [v[name] for v in _flat(found) if isinstance(v, Mapping) and v.get(name) is not None]
    return _flat(found)


def _flat(values: list[Any]) -> list[Any]:
    return [one for value in values for one in (value if isinstance(value, list) else [value])]
