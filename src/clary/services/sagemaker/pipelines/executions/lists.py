"""Lists of executions, of their steps and of their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clary.kernel.errors import not_implemented
from clary.plane import Context, Query, Record
from clary.plane.paging import bad_token, read_token, sign_token
from clary.services.sagemaker.pipelines.executions import plans
from clary.services.sagemaker.pipelines.executions.noun import EXECUTION, STEP, parameters_of
from clary.services.sagemaker.pipelines.pipeline import PIPELINE
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Column, Condition

Params = dict[str, Any]


def _page(
    ctx: Context, kind: str, params: Params, where: Sequence[Condition], order: Column = "created"
) -> tuple[list[Record], Params]:
    """Return the records of a page, and the NextToken member where there are more. The newest come first unless the request
    says otherwise."""
    limit = params.get("MaxResults") or sagemaker.dialect.page
    down = params.get("SortOrder", "Descending") == "Descending"
    after = _after(ctx, params["NextToken"], order) if params.get("NextToken") else None
    found = ctx.tx.list(kind, ctx.scope, Query(where, order, down, after, limit + 1))
    if len(found) <= limit:
        return found, {}
    last = found[limit - 1]
    return found[:limit], {"NextToken": sign_token(ctx, [order, getattr(last, order), last.id])}


def _after(ctx: Context, token: str, order: str) -> tuple[Any, str]:
    known, value, id = read_token(ctx, token)
    if known != order:
        raise bad_token()
    return value, id


def _about_pipeline(ctx: Context, params: Params) -> list[str]:
    said = params["PipelineName"]
    return [said if said.startswith("arn:") else PIPELINE.arn_of(ctx, said)]


@sagemaker.operation(on=_about_pipeline)
def list_pipeline_executions(ctx: Context, params: Params) -> Params:
    """List the executions of a pipeline."""
    if "PipelineVersionAlias" in params:
        raise not_implemented("sagemaker", "ListPipelineExecutions with PipelineVersionAlias")
    pipeline = PIPELINE.at(ctx, [params["PipelineName"]])
    where: list[Condition] = [("parent", "=", pipeline.arn)]
    where += [("created", ">", params["CreatedAfter"])] if "CreatedAfter" in params else []
    where += [("created", "<", params["CreatedBefore"])] if "CreatedBefore" in params else []
    order: Column = "id" if params.get("SortBy") == "PipelineExecutionArn" else "created"
    found, more = _page(ctx, EXECUTION.kind, params, where, order)
    return {"PipelineExecutionSummaries": [EXECUTION.summary(one) for one in found], **more}


def _about(ctx: Context, params: Params) -> list[str]:
    return [params.get("PipelineExecutionArn", "*")]


@sagemaker.operation(on=_about)
def list_pipeline_execution_steps(ctx: Context, params: Params) -> Params:
    """List the steps of an execution that were begun."""
    execution = EXECUTION.by_arn(ctx, params.get("PipelineExecutionArn", ""))
    found, more = _page(ctx, STEP.kind, params, [("parent", "=", execution.arn)])
    return {"PipelineExecutionSteps": [_shown(one) for one in found], **more}


def _shown(step: Record) -> Params:
    return {
        "Metadata": {},
        **step.spec,
        **step.observed,
        "StepStatus": step.status,
        "StartTime": step.created,
    }


@sagemaker.operation(on=_about)
def list_pipeline_parameters_for_execution(ctx: Context, params: Params) -> Params:
    """List the parameters of an execution with their values, also those that have the default."""
    values = parameters_of(EXECUTION.by_arn(ctx, params["PipelineExecutionArn"]))
    start = int(read_token(ctx, params["NextToken"])) if params.get("NextToken") else 0
    end = start + int(params.get("MaxResults") or sagemaker.dialect.page)
    more = {"NextToken": sign_token(ctx, end)} if end < len(values) else {}
    return {"PipelineParameters": values[start:end], **more}


@sagemaker.operation(on=_about)
def describe_pipeline_definition_for_execution(ctx: Context, params: Params) -> Params:
    """Return the definition that an execution runs by, also after the pipeline was updated."""
    execution = EXECUTION.by_arn(ctx, params["PipelineExecutionArn"])
    return {"PipelineDefinition": plans.text_of(ctx.tx, execution), "CreationTime": execution.created}
