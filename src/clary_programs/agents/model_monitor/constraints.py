"""constraints.json: what a baseline suggests, and what a given file asks of one feature, overrides applied.

Shapes and defaults: developer guide, "Schema for Constraints (constraints.json file)".
"""

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .columns import STRING, UNKNOWN, Column
from .errors import AnalysisError

# Deequ suggests a range of categories when at most this share of the distinct values occurs only once.
MOST_UNIQUE_VALUES = 0.1
DOMAIN_LIMIT = 100

MONITORING_CONFIG: dict[str, Any] = {
    "evaluate_constraints": "Enabled",
    "emit_metrics": "Enabled",
    "datatype_check_threshold": 1.0,
    "domain_content_threshold": 1.0,
    "distribution_constraints": {
        "perform_comparison": "Enabled",
        "comparison_threshold": 0.1,
        "comparison_method": "Robust",
        "categorical_comparison_threshold": 0.1,
        "categorical_drift_method": "LInfinity",
    },
}


@dataclass(frozen=True)
class MonitoringConfig:
    """`monitoring_config` as it holds for one feature."""

    evaluate: bool
    emit_metrics: bool
    datatype_threshold: float
    domain_threshold: float
    compare: bool
    comparison_threshold: float
    simple: bool
    categorical_threshold: float
    chi_squared: bool


@dataclass(frozen=True)
class FeatureConstraints:
    """What one feature must satisfy. `domains` is None where any text is allowed."""

    name: str
    inferred_type: str
    completeness: float | None
    domains: frozenset[str] | None
    config: MonitoringConfig


@dataclass(frozen=True)
class Constraints:
    """A constraints.json in force."""

    features: tuple[FeatureConstraints, ...]
    config: MonitoringConfig


def suggested(columns: list[Column], drift_method: str | None = None) -> dict[str, Any]:
    """Return the constraints.json which a baseline's columns suggest."""
    config = copy.deepcopy(MONITORING_CONFIG)
    if drift_method:
        config["distribution_constraints"]["categorical_drift_method"] = drift_method
    features = [_suggested_feature(column) for column in columns]
    return {"version": 0.0, "features": features, "monitoring_config": config}


def _suggested_feature(column: Column) -> dict[str, Any]:
    kind = column.inferred_type
    feature: dict[str, Any] = {
        "name": column.name,
        "inferred_type": kind,
        "completeness": column.completeness,
    }
    if kind == STRING:
        domains = _domains(column)
        if domains:
            feature["string_constraints"] = {"domains": domains}
    elif kind != UNKNOWN:
        feature["num_constraints"] = {"is_non_negative": bool(column.numbers.min() >= 0)}
    return feature


def _domains(column: Column) -> list[str]:
    labels, counts = column.labels, column.label_counts
    if labels is None or counts is None or len(labels) > DOMAIN_LIMIT:
        return []
    unique = int((counts == 1).sum())
    return sorted(labels) if unique <= MOST_UNIQUE_VALUES * len(labels) else []


def load(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file, or in the only JSON file of a folder; raise AnalysisError."""
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if len(files) != 1 or not files[0].is_file():
        raise AnalysisError(f"The baseline file {path.name} was not found")
    try:
        document = json.loads(files[0].read_text())
    except ValueError as error:
        raise AnalysisError(f"{files[0].name} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise AnalysisError(f"{files[0].name} is not a JSON object")
    return document


def parsed(document: dict[str, Any]) -> Constraints:
    """Return the constraints of a document; raise AnalysisError for one of another shape."""
    general = document.get("monitoring_config") or {}
    try:
        features = tuple(_feature(item, general) for item in document["features"])
        return Constraints(features, _config(general))
    except (KeyError, TypeError, ValueError) as error:
        raise AnalysisError(f"constraints.json is malformed: {error!r}") from error


def _feature(item: dict[str, Any], general: dict[str, Any]) -> FeatureConstraints:
    # The documentation writes the overrides in camel case, the real files with underscores.
    overrides = item.get("monitoring_config_overrides") or item.get("monitoringConfigOverrides") or {}
    domains = (item.get("string_constraints") or {}).get("domains")
    completeness = item.get("completeness")
    return FeatureConstraints(
        name=item["name"],
        inferred_type=item["inferred_type"],
        completeness=None if completeness is None else float(completeness),
        domains=frozenset(map(str, domains)) if domains else None,
        config=_config(_merged(general, overrides)),
    )


def _merged(general: dict[str, Any], special: dict[str, Any]) -> dict[str, Any]:
    merged = {**general, **special}
    key = "distribution_constraints"
    merged[key] = {**(general.get(key) or {}), **(special.get(key) or {})}
    return merged


def _config(given: dict[str, Any]) -> MonitoringConfig:
    drift = given.get("distribution_constraints") or {}
    threshold = float(drift.get("comparison_threshold", 0.1))
    # "comparion_method" is how the documentation has long spelt it, and files were written after it.
    method = str(drift.get("comparison_method") or drift.get("comparion_method") or "Robust")
    return MonitoringConfig(
        evaluate=_enabled(given, "evaluate_constraints"),
        emit_metrics=_enabled(given, "emit_metrics"),
        datatype_threshold=float(given.get("datatype_check_threshold", 1.0)),
        domain_threshold=float(given.get("domain_content_threshold", 1.0)),
        compare=_enabled(drift, "perform_comparison"),
        comparison_threshold=threshold,
        simple=method.lower() in ("simple", "linf_simple"),
        categorical_threshold=float(drift.get("categorical_comparison_threshold", threshold)),
        chi_squared=drift.get("categorical_drift_method") == "ChiSquared",
    )


def _enabled(options: dict[str, Any], name: str) -> bool:
    return str(options.get(name, "Enabled")).lower() == "enabled"
