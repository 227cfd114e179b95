"""Step caching: a step takes the results of an earlier run of the same step with the same attributes, while these are not
older than its CacheConfig says.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html, and for the attributes
https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from clary.plane import Record
from clary.plane import Step as Decision
from clary.services.sagemaker.pipelines.executions.attempt import Attempt
from clary.services.sagemaker.pipelines.executions.children import CHILDREN
from clary.services.sagemaker.pipelines.executions.noun import STEP

_CHECK = (
    *("ModelPackageGroupName", "SkipCheck", "RegisterNewBaseline"),
    *("SuppliedBaselineStatistics", "SuppliedBaselineConstraints"),
)
ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "Processing": ("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": (
        *("AlgorithmSpecification", "CheckpointConfig", "DebugHookConfig", "DebugRuleConfigurations"),
        *("Environment", "HyperParameters", "InputDataConfig"),
    ),
    "Tuning": ("HyperParameterTuningJobConfig", "TrainingJobDefinition", "TrainingJobDefinitions"),
    "Transform": ("DataProcessing", "Environment", "ModelName", "TransformInput"),
    "QualityCheck": ("AppSpecification", "Environment", "ProcessingInputs", *_CHECK),
}
# Of a tuning job's TrainingJobDefinition only these count.
_OF_DEFINITION = (
    *("AlgorithmSpecification", "HyperParameterRanges", "InputDataConfig"),
    *("StaticHyperParameters", "TuningObjective"),
)


def key(attempt: Attempt, request: Mapping[str, Any]) -> str | None:
    """Return the digest of the attributes that make a step a new one; None for a step that is not cached. Where AWS's page
    names no attributes (endpoints and their configurations) the whole request counts, but for the name."""
    if not attempt.step.cache.enabled:
        return None
    kind = attempt.step.type
    counted = ATTRIBUTES.get(kind) or [name for name in request if name != CHILDREN[kind].name]
    told = {name: request[name] for name in counted if name in request}
    if kind == "Tuning" and "TrainingJobDefinition" in told:
        whole = told["TrainingJobDefinition"]
        told["TrainingJobDefinition"] = {name: whole[name] for name in _OF_DEFINITION if name in whole}
    text = orjson.dumps([kind, told], option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(text).hexdigest()


def hit(attempt: Attempt, wanted: str | None) -> Decision | None:
    """Return the end of a step whose results are there already, None where they are not."""
    found = _find(attempt, wanted) if wanted else None
    if found is None:
        return None
    source = {"SourcePipelineExecutionArn": found.parent}
    ended = attempt.succeeded(found.observed.get("Metadata", {}), CacheHitResult=source)
    kept = {"begun": found.private.get("begun"), "reused": found.id}
    return Decision(ended.status, ended.set, private=kept)


def _find(attempt: Attempt, wanted: str) -> Record | None:
    """Return the newest run with this key, if it is young enough and what it created is still there."""
    with attempt.world.platform.store.read() as tx:
        rows = tx.sql(
            "select step from sagemaker_pipeline_cache where scope = ? and pipeline = ? and name = ? and key = ?",
            *_place(attempt), wanted,
        )  # fmt: skip
    found = attempt.world.get(STEP.kind, rows[0][0]) if rows else None
    if found is None or found.status != "Succeeded" or _is_old(attempt, found):
        return None
    child = CHILDREN[attempt.step.type]
    return found if attempt.world.get(child.kind, found.private.get("begun", "")) else None


def _is_old(attempt: Attempt, found: Record) -> bool:
    most = attempt.step.cache.expires
    return most is not None and attempt.world.business.age(found.observed["EndTime"]) > most


def keep(attempt: Attempt, key: str | None) -> None:
    """Let later executions find this step by its key, once it has succeeded."""
    if key is None:
        return
    with attempt.world.platform.store.write() as tx:
        tx.sql(
            "insert into sagemaker_pipeline_cache (scope, pipeline, name, key, step) values (?, ?, ?, ?, ?)"
            " on conflict (scope, pipeline, name, key) do update set step = excluded.step",
            *_place(attempt), key, attempt.record.id,
        )  # fmt: skip


def _place(attempt: Attempt) -> tuple[str, str, str]:
    return attempt.world.scope, attempt.record.id.partition("/")[0], attempt.step.name
