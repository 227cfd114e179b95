"""The text of a definition as JSON, within bounds of its size, depth and numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from clary.services.sagemaker.pipelines.definition.says import unparsable
from clary.services.sagemaker.pipelines.definition.types import JSON

MOST_CHARACTERS = 1_048_576  # of PipelineDefinition in AWS's model
_MOST_DEPTH = 64
_LONG = 2**63  # the integers of AWS's requests are below it


def read(text: str) -> JSON:
    """Return the JSON of a definition's text. Raise ValidationException for other text, and for what is too large or too deep."""
    if len(text) > MOST_CHARACTERS:
        raise unparsable(f"It has more than {MOST_CHARACTERS} characters.")
    try:
        value = parsed(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise unparsable(f"Invalid JSON: {error}.") from None
    _check_depth(value)
    return value


def parsed(text: str | bytes) -> JSON:
    """Return JSON whose numbers AWS's requests can have. Raise ValueError, or RecursionError for what is too deep."""
    return json.loads(text, parse_constant=_no_number, parse_float=_finite, parse_int=_whole)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _whole(digits: str) -> int:
    number = int(digits)
    if not -_LONG <= number < _LONG:
        raise ValueError("a number is too large")
    return number


def _check_depth(value: Any) -> None:
    level, depth = [value], 0
    while level:
        if depth > _MOST_DEPTH:
            raise _too_deep()
        level = [inner for one in level for inner in _inside(one)]
        depth += 1


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _too_deep() -> Exception:
    return unparsable(f"It is nested more than {_MOST_DEPTH} levels deep.")
