"""What a step shows to others when it has ended: the Describe answer of what it created, or members of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clary.plane import Record
from clary.services.sagemaker.pipelines.definition import JSON
from clary.services.sagemaker.pipelines.executions.children import CHILDREN

Shown = Mapping[str, JSON]
Call = Callable[[str, Mapping[str, Any]], Shown]
"""Calls an operation of SageMaker: its name, the request."""
_BEST = (
    50  # training jobs of a tuning job that later steps may name; AWS's SDK says so (get_top_model_s3_uri)
)


def of(call: Call, kind: str, step: Record) -> Shown:
    """Return the results of a step that has succeeded."""
    metadata = step.observed.get("Metadata", {})
    match kind:
        case "Condition":
            return {"Outcome": metadata["Condition"]["Outcome"] == "True"}
        case "QualityCheck" | "Lineage":
            return metadata[kind]
        case "RegisterModel":
            return call("DescribeModelPackage", {"ModelPackageName": metadata[kind]["Arn"]})
        case _:
            return _child(call, kind, step.private["begun"])


def _child(call: Call, kind: str, name: str) -> Shown:
    child = CHILDREN[kind]
    shown = call(f"Describe{child.noun}", {child.name: name})
    return {**shown, **_best(call, name, shown)} if kind == "Tuning" else shown


def _best(call: Call, name: str, shown: Shown) -> Shown:
    """Return the training jobs of a tuning job, the best first."""
    objective = shown["HyperParameterTuningJobConfig"].get("HyperParameterTuningJobObjective", {})
    asked = {
        "HyperParameterTuningJobName": name,
        "SortBy": "FinalObjectiveMetricValue",
        "SortOrder": "Ascending" if objective.get("Type") == "Minimize" else "Descending",
        "MaxResults": _BEST,
    }
    return call("ListTrainingJobsForHyperParameterTuningJob", asked)
