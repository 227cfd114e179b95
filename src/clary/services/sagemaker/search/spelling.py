"""Names of members as the model writes them. Search minds no case in them: AWS's own examples sort by
`metrics.test:accuracy.max` (https://github.com/aws/sagemaker-experiments/issues/136)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.services.sagemaker.service import sagemaker

_METRICS = "Metrics"  # of training jobs too, whose shape does not have it


def canonical(shape: str, path: str) -> str:
    """Return a path below a shape with its members as the model writes them; what the model does not know, and the keys of
    maps, stay as they are."""
    head, dot, rest = path.partition(".")
    members = _members(shape)
    found = _known(head, [*members, _METRICS])
    if not rest or found not in members:
        return f"{found}{dot}{rest}"
    below = _element(members[found]["shape"])
    inner = sagemaker.model.description["shapes"][below]
    if inner["type"] == "map":
        return f"{found}.{_last(inner['value']['shape'], rest)}"
    if found == _METRICS:
        return f"{found}.{_last(below, rest)}"
    return f"{found}.{canonical(below, rest)}"


def spelled(shape: str, expression: Mapping[str, Any]) -> dict[str, Any]:
    """Return a SearchExpression with the names of its filters so."""
    made = dict(expression)
    if "Filters" in made:
        made["Filters"] = _filters(shape, made["Filters"])
    if "NestedFilters" in made:
        made["NestedFilters"] = [
            {
                "NestedPropertyName": canonical(shape, nested["NestedPropertyName"]),
                "Filters": _filters(shape, nested["Filters"]),
            }
            for nested in made["NestedFilters"]
        ]
    if "SubExpressions" in made:
        made["SubExpressions"] = [spelled(shape, one) for one in made["SubExpressions"]]
    return made


def _filters(shape: str, filters: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{**one, "Name": canonical(shape, one["Name"])} for one in filters]


def _last(shape: str, path: str) -> str:
    """Return a path whose last name may be a member: a key before it may have dots."""
    key, dot, last = path.rpartition(".")
    return f"{key}{dot}{_known(last, list(_members(shape)))}" if key else path


def _known(name: str, names: list[str]) -> str:
    return next((one for one in names if one.lower() == name.lower()), name)


def _members(shape: str) -> dict[str, Any]:
    return sagemaker.model.description["shapes"].get(shape, {}).get("members", {})


def _element(shape: str) -> str:
    """Return the shape of a list's entries, or the shape itself."""
    shapes = sagemaker.model.description["shapes"]
    while shapes[shape]["type"] == "list":
        shape = shapes[shape]["member"]["shape"]
    return shape
