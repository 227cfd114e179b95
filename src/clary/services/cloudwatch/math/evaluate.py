"""Evaluate an expression, given the other queries of the request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature

from clary.services.cloudwatch.math import functions
from clary.services.cloudwatch.math.functions import Argument, Function
from clary.services.cloudwatch.math.syntax import (
    Array,
    Call,
    Name,
    Node,
    Number,
    Operation,
    Text,
    nodes,
    parse,
)
from clary.services.cloudwatch.math.values import MathError, Series, Value, combine, negative, size
from clary.services.cloudwatch.period_statistics import Window


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression can refer to.

    `lookup` returns the result of another id, or None. `metrics` returns the metrics of the request. `window`
    returns the window of a period (0: the query's own). `spend` is called with the number of data points
    used; it raises if they are too many.
    """

    lookup: Callable[[str], Value | None]
    metrics: Callable[[], list[Series]]
    window: Callable[[int], Window]
    spend: Callable[[int], None] = lambda points: None


def compiled(text: str) -> Node:
    """Parse an expression. Raise MathError."""
    if text.lstrip().upper().startswith("SELECT "):
        raise MathError("Clary does not implement Metrics Insights queries")
    return parse(text)


def names(tree: Node) -> set[str]:
    """Return the ids and the keywords in an expression."""
    return {node.value for node in nodes(tree) if isinstance(node, Name)}


def evaluate(expression: str | Node, scope: Scope) -> list[Series]:
    """Return the time series that an expression results in: one, or those of an array. Raise MathError."""
    tree = compiled(expression) if isinstance(expression, str) else expression
    try:
        result = _value(tree, scope)
    except (ArithmeticError, ValueError):  # a number or a time out of range
        raise MathError("The result is no number") from None
    if isinstance(result, list):
        return result
    if not isinstance(result, Series):
        raise MathError("The final result of an expression must be a time series or an array of time series")
    return [result]


def _value(node: Node, scope: Scope) -> Value:
    found = _argument(node, scope)
    if isinstance(found, str):
        raise MathError(f"Unexpected '{found}'")
    return found


def _argument(node: Node, scope: Scope) -> Argument:
    match node:
        case Number(value):
            return value
        case Text(value):
            return value
        case Name(value):
            return _named(value, scope)
        case Array(items):
            return _array([_value(item, scope) for item in items], scope)
        case Call(function, arguments):
            return _called(function, [_argument(argument, scope) for argument in arguments], scope)
        case Operation(_, (operand,)):
            value = _value(operand, scope)
            scope.spend(size(value))
            return negative(value)
        case Operation():
            return _chain(node, scope)
    raise AssertionError(f"no such node: {node}")


def _chain(node: Node, scope: Scope) -> Value:
    """Evaluate a chain of operators from left to right. It nests to the left as deep as it is long, so do not
    recurse there."""
    rest: list[tuple[str, Node]] = []
    while isinstance(node, Operation) and len(node.operands) == 2:
        rest.append((node.operator, node.operands[1]))
        node = node.operands[0]
    value = _value(node, scope)
    for operator, right in reversed(rest):
        other = _value(right, scope)
        scope.spend(size(value) + size(other))
        value = combine(operator, value, other)
    return value


def _named(name: str, scope: Scope) -> Argument:
    found = scope.lookup(name)
    if found is not None:
        return found
    if name in functions.KEYWORDS:
        return name
    raise MathError(f"'{name}' is not the id of a metric or an expression")


def _array(values: list[Value], scope: Scope) -> list[Series]:
    """Return an array of series, with nested arrays flattened."""
    found: list[Series] = []
    for value in values:
        scope.spend(len(value) if isinstance(value, list) else 1)
        found += value if isinstance(value, list) else [functions.series_of(value)]
    return found


def _called(name: str, arguments: list[Argument], scope: Scope) -> Value:
    function = _function(name, scope)
    try:
        signature(function).bind(*arguments)
    except TypeError:
        raise MathError(f"{name} does not take {len(arguments)} arguments") from None
    scope.spend(sum(map(size, arguments)))
    result = function(*arguments)
    scope.spend(len(result) if isinstance(result, list) else 1)
    return result


def _function(name: str, scope: Scope) -> Function:
    if name in functions.FUNCTIONS:
        return functions.FUNCTIONS[name]
    if name in functions.CALENDAR:
        return functions.calendar(functions.CALENDAR[name], scope.window)
    special = {
        "METRICS": functions.metrics(scope.metrics),
        "FILL": functions.fill(scope.window),
        "TIME_SERIES": functions.time_series(scope.window),
    }
    if name in special:
        return special[name]
    if name in functions.ABSENT:
        raise MathError(f"Clary does not implement {name}")
    raise MathError(f"There is no function {name}")
