"""JSON paths in inputs of targets: `$.detail.items[0].name`. Members and indexes, and `*` for all."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_STEP = re.compile(r"\.([\w-]+|\*)|\[(?:(\d{1,6})|'([^']+)'|\"([^\"]+)\"|(\*))\]")
Steps = tuple[str | int, ...]
_ALL = "*"


@lru_cache(1024)
def parse(path: str) -> Steps:
    """Return the steps of a path. Raise ValueError."""
    if not path.startswith("$"):
        raise ValueError(path)
    steps: list[str | int] = []
    at = 1
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise ValueError(path)
        plain, index, single, double, star = match.groups()
        steps.append(int(index) if index else plain or single or double or star)
        at = match.end()
    return tuple(steps)


def read(path: str, document: Any) -> list[Any]:
    """Return what a path leads to; with `*`, one list of all."""
    steps = parse(path)
    found = [document]
    for step in steps:
        found = [inner for value in found for inner in _step(value, step)]
    return [found] if _ALL in steps else found


def _step(value: Any, step: str | int) -> list[Any]:
    if step == _ALL:
        return (
            list(value.values())
            if isinstance(value, dict)
            else list(value)
            if isinstance(value, list)
            else []
        )
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return [value[step]]
    if isinstance(value, dict) and isinstance(step, str) and step in value:
        return [value[step]]
    return []
