"""Selective execution: only some steps run; what they depend on beside them is taken from an earlier execution.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-selective-ex.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context, Record
from clary.services.sagemaker.pipelines.executions.noun import EXECUTION, STEP, step_id
from clary.services.sagemaker.pipelines.executions.plan import Plan

_SOURCES = ("Succeeded", "Failed")


def chosen_of(plan: Plan, config: Mapping[str, Any]) -> list[str]:
    """Return the selected steps. Raise ValidationException for one that is not there, and where one on a way between two
    others is missing."""
    names = [one["StepName"] for one in config["SelectedSteps"]]
    for name in names:
        if name not in plan.steps:
            raise validation(f"Invalid SelectedSteps: there is no step {name}.")
    if missing := plan.between(names):
        raise validation(
            f"Invalid SelectedSteps: all steps between two selected steps must be selected, and {_listed(missing)} is not."
        )
    return names


def reused(
    ctx: Context, plan: Plan, pipeline_arn: str, config: Mapping[str, Any], names: list[str]
) -> list[Record]:
    """Return the steps of the source execution whose results the selected steps need. Raise ValidationException where there
    is no such execution, or a step has not succeeded in it."""
    needed = plan.needed(names)
    arn = config.get("SourcePipelineExecutionArn")
    if arn is None:
        if needed:
            raise validation(
                f"Invalid SourcePipelineExecutionArn: null. The selected steps [{_listed(names)}] have dependencies on "
                f"[{_listed(needed)}]."
            )
        return []
    source = EXECUTION.by_arn(ctx, arn)
    if not arn.startswith(f"{pipeline_arn}/"):
        raise validation(f"Invalid SourcePipelineExecutionArn: {arn} is no execution of this pipeline.")
    if source.status not in _SOURCES:
        raise validation(f"Invalid SourcePipelineExecutionArn: {arn} has the status {source.status}.")
    return [_step(ctx, source, name) for name in sorted(needed)]


def _step(ctx: Context, source: Record, name: str) -> Record:
    found = ctx.tx.get(STEP.kind, ctx.scope, step_id(source, name))
    if found is None or found.status != "Succeeded":
        raise validation(
            f"Invalid SourcePipelineExecutionArn: {source.arn}. Step {name} has not succeeded in it."
        )
    return found


def taken_over(step: Record, source: Record) -> Record:
    """Return a new step with the results of a step of the source execution."""
    origin = source.observed.get("SelectiveExecutionResult", {}).get(
        "SourcePipelineExecutionArn", source.parent
    )
    status = {
        "AttemptCount": 0,
        "EndTime": step.created,
        "Metadata": source.observed.get("Metadata", {}),
        "SelectiveExecutionResult": {"SourcePipelineExecutionArn": origin},
    }
    private = {"begun": source.private.get("begun"), "reused": source.id}
    return step.evolve(status="Succeeded", doc={**step.doc, "status": status, "private": private}, due=None)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
