"""Search over what there is: the filters of the Search operation over records as Describe shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Query, Record
from clary.plane.paging import read_token, sign_token
from clary.services.sagemaker import packages
from clary.services.sagemaker.service import sagemaker

_MISSING = object()
_MOST_FILTERS = 500  # of an expression and all those in it: each is asked of every record


@sagemaker.operation(heavy=True)
def search(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    kind = params["Resource"]
    if params.get("VisibilityConditions") or params.get("CrossAccountFilterOption") == "CrossAccount":
        raise not_implemented("sagemaker", "Search beyond the account")
    if kind != "ModelPackage" and kind not in sagemaker.resources:
        raise not_implemented("sagemaker", f"Search of {kind}")
    expression = params.get("SearchExpression", {})
    _check_size(expression)
    found = [shown for shown in _shown(ctx, kind) if matches(shown, expression)]
    _sort(found, params.get("SortBy"), params.get("SortOrder", "Descending"))
    start = int(read_token(ctx, params["NextToken"])) if params.get("NextToken") else 0
    end = start + int(params.get("MaxResults") or 10)
    out: dict[str, Any] = {"Results": [_result(kind, shown) for shown in found[start:end]]}
    return out | ({"NextToken": sign_token(ctx, end)} if end < len(found) else {})


def _check_size(expression: dict[str, Any]) -> None:
    count, left = 0, [expression]
    while left:
        one = left.pop()
        left += one.get("SubExpressions", [])
        count += 1 + len(one.get("Filters", []))
        count += sum(len(nested["Filters"]) for nested in one.get("NestedFilters", []))
        if count > _MOST_FILTERS:
            raise validation(f"A search expression can have at most {_MOST_FILTERS} filters.")


def _result(kind: str, shown: dict[str, Any]) -> dict[str, Any]:
    """A model stands in a dashboard entry (ModelDashboardModel), anything else for itself."""
    return {kind: {kind: shown} if kind == "Model" else shown}


def _shown(ctx: Context, kind: str) -> Iterator[dict[str, Any]]:
    """Every record of a kind as Describe shows it, with its tags."""
    for record in _all(ctx, sagemaker.kind(kind)):
        tags = [{"Key": key, "Value": value} for key, value in ctx.tx.tags(record.arn).items()]
        shown = (
            packages.shown(record) if kind == "ModelPackage" else sagemaker.resources[kind].describe(record)
        )
        yield {**shown, "Tags": tags}


def _all(ctx: Context, kind: str) -> Iterator[Record]:
    after = None
    while page := ctx.tx.list(kind, ctx.scope, Query(order="id", after=after, limit=1000)):
        yield from page
        after = (page[-1].id, page[-1].id)


def _sort(found: list[dict[str, Any]], member: str | None, order: str) -> None:
    path = member or "LastModifiedTime"
    found.sort(key=lambda shown: _sortable(value_at(shown, path)), reverse=order == "Descending")


def _sortable(value: Any) -> tuple[int, Any]:
    """Numbers before texts, and what is not there first."""
    if value is _MISSING:
        return 0, 0
    return (1, value) if isinstance(value, int | float) else (2, str(value))


def matches(shown: dict[str, Any], expression: dict[str, Any]) -> bool:
    """Whether a record meets a SearchExpression: all of its parts, or any with Operator Or."""
    parts = [_meets(shown, one) for one in expression.get("Filters", [])]
    parts += [matches(shown, one) for one in expression.get("SubExpressions", [])]
    for nested in expression.get("NestedFilters", []):
        entries = value_at(shown, nested["NestedPropertyName"])
        prefix = nested["NestedPropertyName"] + "."
        filters = [{**one, "Name": one["Name"].removeprefix(prefix)} for one in nested["Filters"]]
        listed = entries if isinstance(entries, list) else []
        parts.append(any(all(_meets(entry, one) for one in filters) for entry in listed))
    if not parts:
        return True
    return any(parts) if expression.get("Operator") == "Or" else all(parts)


def _meets(shown: dict[str, Any], one: dict[str, Any]) -> bool:
    value = value_at(shown, one["Name"])
    operator = one.get("Operator", "Equals")
    if operator in ("Exists", "NotExists"):
        return (value is not _MISSING) == (operator == "Exists")
    if value is _MISSING:
        return operator == "NotEquals"
    return _OPERATORS[operator](value, one.get("Value", ""))


def _compare(test: Callable[[Any, Any], bool]) -> Callable[[Any, str], bool]:
    def compare(value: Any, text: str) -> bool:
        if isinstance(value, bool):
            return test(str(value).lower(), text.lower())
        left, right = _number(value), _number(text)
        if left is not None and right is not None:
            return test(left, right)
        if isinstance(value, int | float):
            raise validation(f"{text} is not a number.")
        return test(str(value), text)

    return compare


def _number(value: Any) -> float | None:
    """A number, the text of one (hyperparameters are texts), or a moment in ISO 8601 as epoch seconds."""
    try:
        return float(value)
    except (TypeError, ValueError):
        pass
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


_OPERATORS: dict[str, Callable[[Any, str], bool]] = {
    "Equals": _compare(lambda a, b: a == b),
    "NotEquals": _compare(lambda a, b: a != b),
    "GreaterThan": _compare(lambda a, b: a > b),
    "GreaterThanOrEqualTo": _compare(lambda a, b: a >= b),
    "LessThan": _compare(lambda a, b: a < b),
    "LessThanOrEqualTo": _compare(lambda a, b: a <= b),
    "Contains": lambda value, text: text.lower() in str(value).lower(),
    "In": lambda value, text: str(value) in text.split(","),
}


def value_at(shown: Any, path: str) -> Any:
    """The value at `A.B.C`; tags are reached as `Tags.KEY`, metrics as `Metrics.NAME`."""
    head, _, rest = path.partition(".")
    if not isinstance(shown, dict):
        return _MISSING
    if head == "Tags" and rest:
        return next((tag["Value"] for tag in shown.get("Tags", []) if tag["Key"] == rest), _MISSING)
    if head == "Metrics" and rest:
        metrics = shown.get("FinalMetricDataList", [])
        return next((metric["Value"] for metric in metrics if metric["MetricName"] == rest), _MISSING)
    if path in shown:
        return shown[path]
    if head not in shown:
        return _MISSING
    return value_at(shown[head], rest) if rest else shown[head]
