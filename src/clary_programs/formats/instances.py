"""The JSON request form of the built-in algorithms: `{"instances": [...]}`, or one instance a line in jsonlines.

An instance is `{"features": [...]}`, `{"data": {"features": {"values": [...], "keys": [...], "shape": [n]}}}` or a
plain list of numbers. Source: developer guide, "Common data formats for inference".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from clary_programs.formats.errors import FormatError
from clary_programs.formats.table import MOST_COLUMNS, Sparse, Table

if TYPE_CHECKING:
    import numpy as np


def read_json(body: bytes) -> Table:
    """Return a JSON body as a Table without labels. Raise FormatError."""
    parsed = _parse(body)
    instances = parsed.get("instances") if isinstance(parsed, dict) else parsed
    if not isinstance(instances, list):
        raise FormatError('the request has no list named "instances"')
    if instances and not isinstance(instances[0], dict | list):
        instances = [instances]
    return table_of(instances)


def read_jsonlines(body: bytes) -> Table:
    """Return a jsonlines body, one instance a line, as a Table without labels. Raise FormatError."""
    return table_of([_parse(line) for line in body.splitlines() if line.strip()])


def table_of(instances: list[Any]) -> Table:
    """Return parsed instances as a Table, Sparse if any instance has keys. Raise FormatError."""
    rows = [_row(instance, number) for number, instance in enumerate(instances, 1)]
    if any(keys is not None for _, keys, _ in rows):
        return Table(_sparse(rows))
    return Table(_dense([values for values, _, _ in rows]))


def _parse(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"not JSON: {error}") from None


def _row(instance: Any, number: int) -> tuple[list[Any], list[int] | None, int]:
    """Return (values, keys or None, columns or 0)"""
    if isinstance(instance, dict):
        data = instance.get("data", instance)
        instance = data.get("features") if isinstance(data, dict) else None
    if isinstance(instance, dict):
        values, keys, shape = instance.get("values"), instance.get("keys"), instance.get("shape") or [0]
        if isinstance(values, list) and (
            keys is None or (isinstance(keys, list) and len(keys) == len(values))
        ):
            return values, keys, _columns(shape, number)
    elif isinstance(instance, list):
        return instance, None, 0
    raise FormatError(f"instance {number} has no features")


def _columns(shape: Any, number: int) -> int:
    columns = shape[-1] if isinstance(shape, list) else shape
    if not isinstance(columns, int) or not 0 <= columns <= MOST_COLUMNS:
        raise FormatError(f"instance {number} has no shape that can be held")
    return columns


def _numbers(values: list[Any]) -> np.ndarray:
    import numpy as np

    try:
        with np.errstate(over="ignore"):
            return np.array(values, dtype=np.float32)
    except (ValueError, TypeError, OverflowError) as error:
        raise FormatError(f"features are not numbers: {error}") from None


def _dense(rows: list[list[Any]]) -> np.ndarray:
    import numpy as np

    if not rows:
        return np.empty((0, 0), dtype=np.float32)
    if len({len(row) for row in rows}) > 1:
        raise FormatError("instances differ in number of features")
    values = _numbers(rows)
    if values.ndim != 2:
        raise FormatError("features are not a flat list of numbers")
    return values


def _sparse(rows: list[tuple[list[Any], list[int] | None, int]]) -> Sparse:
    import numpy as np

    keys = [list(range(len(values))) if keys is None else keys for values, keys, _ in rows]
    try:
        indices = np.array([key for row in keys for key in row], dtype=np.int32)
    except (ValueError, TypeError, OverflowError) as error:
        raise FormatError(f"keys are not whole numbers: {error}") from None
    if len(indices) and int(indices.min()) < 0:
        raise FormatError("a key is negative")
    columns = max([*(columns for _, _, columns in rows), int(indices.max()) + 1 if len(indices) else 0])
    indptr = np.cumsum([0, *(len(row) for row in keys)]).astype(np.int64)
    return Sparse(indptr, indices, _numbers([value for values, _, _ in rows for value in values]), columns)
