"""The definitions of a tuning job's training jobs: one, or several with names; and the request for a training job of one.

A request with one TrainingJobDefinition may say its objective and ranges in HyperParameterTuningJobConfig; those with names
say their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from clary.services.sagemaker.training.noun import OBJECTIVE
from clary.services.sagemaker.tuning.search import autotune, ranges
from clary.services.sagemaker.tuning.search.ranges import Point, Range

Doc = Mapping[str, Any]

# The members that the request for a training job has under the same names.
_SAME = (
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "VpcConfig",
    "OutputDataConfig",
    "StoppingCondition",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "CheckpointConfig",
    "RetryStrategy",
    "Environment",
)
_PROGRAM = "sagemaker_program"  # the hyperparameter that names a script
_OF_AN_INSTANCE = ("InstanceType", "InstanceCount", "VolumeSizeInGB")


@dataclass(frozen=True)
class Definition:
    """One definition of a tuning job: its document, with the objective and the ranges that apply to it."""

    document: Doc
    objective: Doc
    ranges_document: Doc

    @property
    def name(self) -> str:
        """DefinitionName; empty where there is one definition alone."""
        return self.document.get("DefinitionName", "")

    @property
    def metric(self) -> str:
        return self.objective["MetricName"]

    @property
    def told(self) -> str:
        """The objective as the hyperparameter that names it says it. Those of a script are in JSON, and so is this one
        (`'_tuning_objective_metric': '"average test loss"'`; attach in the SDK's estimator.py takes both forms)."""
        return json.dumps(self.metric) if _PROGRAM in self.static else self.metric

    @property
    def maximizes(self) -> bool:
        return self.objective["Type"] == "Maximize"

    @cached_property
    def _derived(self) -> tuple[dict[str, Any], dict[str, str]]:
        return autotune.derive(self.ranges_document)

    @property
    def searched(self) -> Doc:
        """The ParameterRanges document, with ranges in the place of auto parameters."""
        return self._derived[0]

    @cached_property
    def ranges(self) -> tuple[Range, ...]:
        return ranges.read(self.searched)

    @property
    def static(self) -> dict[str, str]:
        """The hyperparameters that are the same in all training jobs."""
        return {**self.document.get("StaticHyperParameters", {}), **self._derived[1]}

    def tuned(self, hyperparameters: Mapping[str, str]) -> Point:
        """Return those of a training job's hyperparameters that have ranges."""
        return {one.name: hyperparameters[one.name] for one in self.ranges if one.name in hyperparameters}

    def request(self, name: str, point: Point, tags: list[dict[str, str]]) -> dict[str, Any]:
        """Return the CreateTrainingJob request for a point."""
        asked = {member: self.document[member] for member in _SAME if member in self.document}
        asked |= {
            "TrainingJobName": name,
            "HyperParameters": {OBJECTIVE: self.told, **self.static, **point},
        }
        if cluster := cluster_of(self.document):
            asked["ResourceConfig"] = cluster
        return {**asked, "Tags": tags} if tags else asked


def definitions_of(spec: Doc) -> tuple[Definition, ...]:
    """Return the definitions of a tuning job's request, or of what is stored of it."""
    config = spec["HyperParameterTuningJobConfig"]
    one = spec.get("TrainingJobDefinition")
    given = spec.get("TrainingJobDefinitions", []) if one is None else [one]
    return tuple(
        Definition(
            document,
            document.get("TuningObjective") or config.get("HyperParameterTuningJobObjective") or {},
            document.get("HyperParameterRanges") or config.get("ParameterRanges") or {},
        )
        for document in given
    )


def of_number(definitions: tuple[Definition, ...], number: int) -> Definition:
    """Return the definition of the training job with this number (from 1): they take turns."""
    return definitions[(number - 1) % len(definitions)]


def cluster_of(document: Doc) -> dict[str, Any] | None:
    """Return the ResourceConfig of a training job. Of several instance types in order of preference the first is taken:
    any of them is there at any time."""
    wanted = document.get("HyperParameterTuningResourceConfig")
    if wanted is None:
        return document.get("ResourceConfig")
    first = wanted["InstanceConfigs"][0] if wanted.get("InstanceConfigs") else wanted
    cluster = {name: first[name] for name in _OF_AN_INSTANCE if name in first}
    key = wanted.get("VolumeKmsKeyId")
    return {**cluster, "VolumeKmsKeyId": key} if key else cluster
