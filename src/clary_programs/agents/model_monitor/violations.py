"""Holding a dataset against constraints.json: the six checks of constraint_violations.json.

Check types: developer guide, "Schema for Violations"; the words are those which the stock container writes.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from .columns import FRACTIONAL, INTEGRAL, STRING, Column
from .constraints import Constraints, FeatureConstraints
from .drift import Drift, drift_of


@dataclass(frozen=True)
class Violation:
    """One element of `violations`."""

    feature_name: str
    constraint_check_type: str
    description: str

    def as_json(self) -> dict[str, str]:
        """Return the element as AWS writes it."""
        return asdict(self)


def drifts(
    constraints: Constraints, baseline: dict[str, Any] | None, current: dict[str, Any]
) -> dict[str, Drift]:
    """Return the distance of every feature which both statistics.json files describe and whose comparison is
    on."""
    if baseline is None:
        return {}
    before, now = ({item["name"]: item for item in document["features"]} for document in (baseline, current))
    found: dict[str, Drift] = {}
    for feature in constraints.features:
        if feature.config.compare and feature.name in before and feature.name in now:
            drift = drift_of(before[feature.name], now[feature.name], feature.config)
            if drift:
                found[feature.name] = drift
    return found


def violations(
    constraints: Constraints, columns: list[Column], distances: dict[str, Drift]
) -> list[Violation]:
    """Every violated constraint, feature by feature, after the check of the columns as such."""
    if not constraints.config.evaluate:
        return []
    present = {column.name: column for column in columns}
    found = list(_column_checks(constraints, columns))
    for feature in constraints.features:
        if feature.name in present and feature.config.evaluate:
            found += _feature_checks(feature, present[feature.name], distances.get(feature.name))
    return found


def _column_checks(constraints: Constraints, columns: list[Column]) -> Iterator[Violation]:
    expected = {feature.name for feature in constraints.features}
    actual = {column.name for column in columns}
    counts = (
        f"Number of columns in current dataset: {len(actual)}, "
        f"Number of columns in baseline constraints: {len(expected)}"
    )
    if expected - actual:
        text = f"There are missing columns in current dataset. {counts}"
        yield Violation("Missing columns", "missing_column_check", text)
    if actual - expected:
        text = f"There are extra columns in current dataset. {counts}"
        yield Violation("Extra columns", "extra_column_check", text)


def _feature_checks(feature: FeatureConstraints, column: Column, drift: Drift | None) -> list[Violation]:
    checks = (
        ("data_type_check", _data_type(feature, column)),
        ("completeness_check", _completeness(feature, column)),
        ("categorical_values_check", _categorical_values(feature, column)),
        ("baseline_drift_check", _baseline_drift(drift)),
    )
    return [Violation(feature.name, kind, text) for kind, text in checks if text]


def _data_type(feature: FeatureConstraints, column: Column) -> str | None:
    matching = _matching(feature.inferred_type, column)
    if matching is None or not column.present:
        return None
    share = matching / column.present
    if share >= feature.config.datatype_threshold:
        return None
    return (
        f"Data type match requirement is not met. Expected data type: {feature.inferred_type}, "
        f"Expected match: {feature.config.datatype_threshold * 100}%. "
        f"Observed: Only {share * 100}% of data is {feature.inferred_type}."
    )


def _matching(expected: str, column: Column) -> int | None:
    """Return how many present values are of the expected type; None where any type will do.

    A whole number is a fraction, too; and in a column which is text as a whole, digits are text.
    """
    if expected == INTEGRAL:
        return column.integral
    if expected == FRACTIONAL:
        return column.integral + column.fractional
    if expected == STRING:
        return column.present if column.inferred_type == STRING else column.text
    return None


def _completeness(feature: FeatureConstraints, column: Column) -> str | None:
    if feature.completeness is None or column.completeness >= feature.completeness:
        return None
    return f"Value: {column.completeness} does not meet the constraint requirement! "


def _categorical_values(feature: FeatureConstraints, column: Column) -> str | None:
    if feature.domains is None or column.labels is None or column.label_counts is None or not column.size:
        return None
    strange = sum(
        int(count)
        for label, count in zip(column.labels, column.label_counts, strict=True)
        if label not in feature.domains
    )
    share = (column.size - strange) / column.size
    if share >= feature.config.domain_threshold:
        return None
    return f"Value: {share} does not meet the constraint requirement! "


def _baseline_drift(drift: Drift | None) -> str | None:
    if drift is None or not drift.exceeded:
        return None
    return f"Baseline drift distance: {drift.distance} exceeds threshold: {drift.threshold}"
