"""Fields with JSONata: a string `{% … %}` anywhere in Arguments, Output, Assign and other fields is an expression."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from clary.services.stepfunctions.language.errors import QUERY, EvaluationError
from clary.services.stepfunctions.language.jsonata.evaluators import EVALUATORS, UNDEFINED, Problem


def expression_of(value: Any) -> str | None:
    """Return the expression in a string `{% … %}`; None for anything else."""
    if isinstance(value, str) and value.startswith("{%") and value.endswith("%}") and len(value) >= 4:
        return value[2:-2].strip()
    return None


def expressions_in(value: Any, location: str) -> Iterator[tuple[str, str]]:
    """Yield the expressions in a field, each with its place: `Output/items[0]`."""
    if (text := expression_of(value)) is not None:
        yield location, text
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from expressions_in(one, f"{location}/{name}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from expressions_in(one, f"{location}[{number}]")


def resolve(value: Any, field: str, bindings: Callable[[], Mapping[str, Any]]) -> Any:
    """Return a field with the values of its expressions. Raise EvaluationError, with the place of the one that failed."""
    found = list(expressions_in(value, field))
    if not found:
        return value
    try:
        values = EVALUATORS.evaluate([text for _, text in found], bindings())
    except Problem as problem:
        location, text = found[problem.number]
        raise EvaluationError(
            QUERY,
            f"The JSONata expression '{text}' specified for the field '{location}' threw an error during "
            f"evaluation. {problem.message}",
            location,
        ) from None
    for (location, text), one in zip(found, values, strict=True):
        if one is UNDEFINED:
            raise EvaluationError(
                QUERY,
                f"The JSONata expression '{text}' specified for the field '{location}' returned nothing (undefined).",
                location,
            )
    return _filled(value, iter(values))


def _filled(value: Any, values: Iterator[Any]) -> Any:
    """Put the values in the places of the expressions, in the same order in which these were found."""
    if expression_of(value) is not None:
        return next(values)
    if isinstance(value, dict):
        return {name: _filled(one, values) for name, one in value.items()}
    return [_filled(one, values) for one in value] if isinstance(value, list) else value
