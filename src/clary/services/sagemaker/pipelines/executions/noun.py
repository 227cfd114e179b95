"""Executions and their steps, as records. An execution's id is `<pipeline>/<12 characters>`, a step's that and its name.

Private members of an execution: `parameters` (the value of each), `role`, `version` of the definition, `chosen` (the steps of
a selective execution), and what the controller knows of the steps (schedule.py). Those of a step are in attempt.py.
"""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Errors, Hooks, Key, Noun, Record, States, revise
from clary.services.sagemaker.pipelines.definition import shown
from clary.services.sagemaker.pipelines.executions import accepts
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.user_context import user_context

ENDED = ("Succeeded", "Failed", "Stopped")
STOPPING = "Stopping"


def _view(record: Record) -> dict[str, Any]:
    """Return what List (the first two) and Search call otherwise than Describe."""
    return {
        "StartTime": record.created,
        "PipelineExecutionFailureReason": record.observed.get("FailureReason"),
        "PipelineParameters": parameters_of(record),
    }


def parameters_of(execution: Record) -> list[dict[str, str]]:
    """Return the parameters of an execution with their values, also those that have the default."""
    values = execution.private.get("parameters", {})
    return [{"Name": name, "Value": shown(value)} for name, value in values.items()]


def _update(ctx: Context, record: Record, given: dict[str, Any]) -> Record:
    """Change names or the number of steps at a time. The controller looks at once, since more steps may begin now."""
    return revise(
        record,
        spec=given,
        observed={"LastModifiedBy": user_context(ctx.caller)},
        due=None if is_over(record) else ctx.now,
    )


def is_over(record: Record) -> bool:
    """Return whether an execution or a step has ended."""
    return record.status in ENDED


EXECUTION = sagemaker.noun(
    Noun(
        "PipelineExecution",
        arn="pipeline/{PipelineName}/execution/{PipelineExecutionId}",
        key=Key("PipelineName", "PipelineExecutionId"),
        states=States("PipelineExecutionStatus", start="Executing", stop=STOPPING, final=ENDED),
        accepts={"update": accepts.UPDATE},
        errors=Errors(missing_code="ResourceNotFound", missing="Pipeline execution {arn} does not exist."),
        hooks=Hooks(view=_view, update=_update),
    )
)

# Steps have no operations of their own: ListPipelineExecutionSteps is in lists.py. AWS gives them no ARN; here they have one,
# since it is the parent of what they create.
STEP = sagemaker.declare(
    Noun(
        "PipelineExecutionStep",
        arn="pipeline-step/{PipelineName}/{PipelineExecutionId}/{StepName}",
        key=Key("PipelineName", "PipelineExecutionId", "StepName"),
        states=States("StepStatus", start="Starting", stop=STOPPING, final=ENDED),
    )
)


def name_of(step: Record) -> str:
    """Return a step's name."""
    return step.id.rpartition("/")[2]


def step_id(execution: Record, name: str) -> str:
    return f"{execution.id}/{name}"
