"""Pipelines: a name, a role, and the newest of their definitions. Executions are in executions/."""

from __future__ import annotations

from clary.plane import Context, Errors, Hooks, Key, Noun, Record, States, revise
from clary.services.sagemaker.pipelines import accepts
from clary.services.sagemaker.service import sagemaker

# LastRunTime is what Describe calls it, LastExecutionTime what List does. Every pipeline is made by a customer.
PIPELINE = sagemaker.noun(
    Noun(
        "Pipeline",
        arn="pipeline/{PipelineName}",
        key=Key("PipelineName", or_arn=True),
        states=States("PipelineStatus", start="Active"),
        accepts={"create": accepts.CREATE, "update": accepts.UPDATE, "delete": accepts.DELETE},
        lists={"ManagedBy": "doc.status.ManagedBy"},
        errors=Errors(
            missing_code="ResourceNotFound",
            missing="Pipeline '{arn}' does not exist.",
            taken="Pipeline names must be unique within an AWS account and region. "
            "Pipeline with name ({id}) already exists.",
        ),
        hooks=Hooks(view=lambda record: {"LastExecutionTime": record.observed.get("LastRunTime")}),
    )
)


def note_run(ctx: Context, pipeline: Record, version: int, execution: str) -> None:
    """Write into a pipeline's record that an execution of one of its versions, named by ARN, begins now."""
    ran = {**pipeline.private.get("ran", {}), str(version): execution}
    ctx.tx.update(revise(pipeline, observed={"LastRunTime": ctx.now}, private={"ran": ran}))
