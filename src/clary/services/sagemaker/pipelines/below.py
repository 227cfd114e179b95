"""The records of a pipeline's versions, executions and steps: their ids begin with the pipeline's name and a slash."""

from __future__ import annotations

from clary.plane import Context, Query
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Condition

_AT_ONCE = 1000
_AFTER_SLASH = chr(ord("/") + 1)
_NOUNS = ("PipelineVersion", "PipelineExecution", "PipelineExecutionStep")
_RUNNING = ("Executing", "Stopping")


def below(pipeline: str) -> list[Condition]:
    """Return the conditions for the records below a pipeline, which the index of ids finds."""
    return [("id", ">=", f"{pipeline}/"), ("id", "<", f"{pipeline}{_AFTER_SLASH}")]


def is_running(ctx: Context, pipeline: str) -> bool:
    """Return whether an execution of a pipeline has not ended."""
    where = [*below(pipeline), ("status", "in", _RUNNING)]
    query = Query(where, "id", limit=1)
    return bool(ctx.tx.list(sagemaker.kind("PipelineExecution"), ctx.scope, query))


def delete_below(ctx: Context, pipeline: str) -> None:
    """Delete a pipeline's versions and executions, and what is known of their results."""
    ctx.tx.sql("delete from sagemaker_pipeline_cache where scope = ? and pipeline = ?", ctx.scope, pipeline)
    for noun in _NOUNS:
        query = Query(below(pipeline), "id", limit=_AT_ONCE)
        while found := ctx.tx.list(sagemaker.kind(noun), ctx.scope, query):
            for record in found:
                ctx.tx.delete(record)
