"""Runs intrinsic functions. A wrong argument is States.IntrinsicFailure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary.services.stepfunctions.language.errors import INTRINSIC, EvaluationError
from clary.services.stepfunctions.language.intrinsics import arrays, texts
from clary.services.stepfunctions.language.intrinsics.parse import Call, Constant, Text
from clary.services.stepfunctions.language.paths import Path

Look = Callable[[Path], Any]
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "Array": lambda *items: list(items),
    "ArrayPartition": arrays.partition,
    "ArrayContains": arrays.contains,
    "ArrayRange": arrays.between,
    "ArrayGetItem": arrays.item,
    "ArrayLength": arrays.length,
    "ArrayUnique": arrays.unique,
    "Base64Encode": texts.encode,
    "Base64Decode": texts.decode,
    "Hash": texts.digest,
    "JsonMerge": texts.merge,
    "StringToJson": texts.to_json,
    "JsonToString": texts.from_json,
    "MathRandom": texts.random_between,
    "MathAdd": texts.add,
    "StringSplit": texts.split,
    "UUID": texts.uuid4,
    "Format": texts.fill,
}


def run(call: Call, look: Look) -> Any:
    """Return the value of a call; `look` finds what its paths name. Raise EvaluationError."""
    return _run(call, look, call.name)


def _run(call: Call, look: Look, outer: str) -> Any:
    arguments = [_value(call, number, look) for number in range(len(call.arguments))]
    try:
        return _FUNCTIONS[call.name](*arguments)
    except ValueError as error:
        raise EvaluationError(INTRINSIC, str(error)) from None


def _value(call: Call, number: int, look: Look) -> Any:
    argument = call.arguments[number]
    if isinstance(argument, Call):
        return _run(argument, look, call.name)
    if isinstance(argument, Text):
        return argument.raw if call.name == "Format" and number == 0 else argument.value
    if isinstance(argument, Constant):
        return argument.value
    return look(argument)
