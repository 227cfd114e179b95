"""Aggregate functions, which skip NULL and MISSING.

Source: "Aggregate functions" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-aggregate.html): they take
numbers; AWS was seen to answer ExternalEvalException for a SUM of texts (MinIO's pull request 7876).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from clary_programs.agents.select.sql.failures import Failure
from clary_programs.agents.select.sql.rows import Getter
from clary_programs.agents.select.sql.values import ARITHMETIC, MISSING, OPERATORS, is_number


class Accumulator:
    """The state of one aggregate function."""

    def __init__(self, name: str, operand: Getter | None) -> None:
        self._name = name
        self._operand = operand
        self._count = 0
        self._value: Any = None

    def add(self, row: Any) -> None:
        """Take one more row into account."""
        if self._operand is None:
            self._count += 1
            return
        value = self._operand(row)
        if value is None or value is MISSING:
            return
        self._count += 1
        if self._name != "COUNT":
            self._take(value)

    def _take(self, value: Any) -> None:
        if not is_number(value):
            raise Failure(
                "ExternalEvalException", f"{self._name} has an argument that is no number: use CAST."
            )
        if self._value is None:
            self._value = value
        elif self._name in ("SUM", "AVG"):
            self._value = ARITHMETIC["+"](self._value, value)
        elif OPERATORS["<" if self._name == "MIN" else ">"](value, self._value):
            self._value = value

    def result(self) -> Any:
        if self._name == "COUNT":
            return self._count
        if self._name != "AVG" or self._value is None:
            return self._value
        total = Decimal(self._value) if isinstance(self._value, int) else self._value
        return ARITHMETIC["/"](total, self._count)
