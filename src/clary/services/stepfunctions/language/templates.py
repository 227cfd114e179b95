"""Payload templates of JSONPath: in Parameters, ResultSelector, ItemSelector and Assign a member `name.$` is a path or a call."""

from __future__ import annotations

from typing import Any

from clary.services.stepfunctions.language.scope import Scope


def resolve(template: Any, scope: Scope) -> Any:
    """Return a template with the values of its paths and calls. Raise EvaluationError."""
    if isinstance(template, dict):
        return {_plain(name): _member(name, value, scope) for name, value in template.items()}
    if isinstance(template, list):
        return [resolve(item, scope) for item in template]
    return template


def _plain(name: str) -> str:
    return name[:-2] if name.endswith(".$") else name


def _member(name: str, value: Any, scope: Scope) -> Any:
    if name.endswith(".$") and isinstance(value, str):
        return scope.named(value, name)
    return resolve(value, scope)
