"""Whether a condition holds in an execution."""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable
from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.services.sagemaker.pipelines.definition.functions import is_property
from clary.services.sagemaker.pipelines.definition.resolve import Values, resolve
from clary.services.sagemaker.pipelines.definition.scope import constant_type
from clary.services.sagemaker.pipelines.definition.types import (
    JSON,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Inversion,
    Membership,
)

_QUOTED = 100  # characters of a value
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}


def evaluate(condition: Condition, values: Values, place: str = "") -> bool:
    """Return whether a condition holds. `place` names it in errors: `step Gate, Conditions`. Raise ValidationException for a
    value that is not there, and for two of which none is greater."""
    match condition:
        case Comparison(name, left, right):
            return _compare(name, *_sides(left, right, values, place), place)
        case Membership(value, choices):
            asked = resolve(value, values, place)
            return any(_same(asked, resolve(one, values, place)) for one in choices)
        case Inversion(inner):
            return not evaluate(inner, values, place)
        case AnyOf(conditions):
            return any(evaluate(one, values, place) for one in conditions)
        case AllOf(conditions):
            return all(evaluate(one, values, place) for one in conditions)


def _sides(left: JSON, right: JSON, values: Values, place: str) -> tuple[JSON, JSON]:
    """Return the two values of a comparison. A step's property that says a number as a text, as all hyperparameters do, is
    that number beside a number."""
    first, second = (resolve(one, values, place) for one in (left, right))
    if _are_numbers(second) and is_property(left):
        return _number(first), second
    if _are_numbers(first) and is_property(right):
        return first, _number(second)
    return first, second


def _number(value: JSON) -> JSON:
    try:
        number = float(value) if isinstance(value, str) else math.nan
    except ValueError:
        return value
    return number if math.isfinite(number) else value


def _compare(name: str, left: JSON, right: JSON, place: str) -> bool:
    if name == "Equals":
        return _same(left, right)
    if not (_are_numbers(left, right) or (isinstance(left, str) and isinstance(right, str))):
        raise _no_order(name, left, right, place)
    return _ORDERS[name](left, right)


def _same(left: JSON, right: JSON) -> bool:
    """Return whether two values are equal. True is not 1, other than in Python."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _are_numbers(*values: JSON) -> bool:
    return all(isinstance(one, int | float) and not isinstance(one, bool) for one in values)


def _no_order(name: str, left: JSON, right: JSON, place: str) -> AwsError:
    mine, other = (f"{json.dumps(one)[:_QUOTED]} ({constant_type(one)})" for one in (left, right))
    where = f" ({place})" if place else ""
    return validation(f"{name} cannot compare {mine} with {other}{where}.")
