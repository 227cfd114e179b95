"""StartPipelineExecution: an execution is made of a version of a pipeline and the values of its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from clary.kernel.errors import validation
from clary.plane import Context, Document, Record
from clary.services.sagemaker import roles
from clary.services.sagemaker.pipelines.definition import bind, resolve
from clary.services.sagemaker.pipelines.executions import accepts, plans, schedule, selective
from clary.services.sagemaker.pipelines.executions.noun import EXECUTION, name_of
from clary.services.sagemaker.pipelines.executions.plan import SUCCEEDED, Plan
from clary.services.sagemaker.pipelines.executions.values import execution_values
from clary.services.sagemaker.pipelines.pipeline import PIPELINE, note_run
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.user_context import user_context

Params = dict[str, Any]
_ID = 12  # characters of an execution's id


class _Source(NamedTuple):
    """What an execution is made of: a version of a pipeline, and what its definition says."""

    pipeline: Record
    version: int
    digest: str
    plan: Plan


def _about(ctx: Context, params: Params) -> list[str]:
    """Return the ARN of the pipeline that a request names by its name or ARN."""
    said = params["PipelineName"]
    return [said if said.startswith("arn:") else PIPELINE.arn_of(ctx, said)]


@sagemaker.operation(on=_about, accepts=accepts.START, lane="compute")
def start_pipeline_execution(ctx: Context, params: Params) -> Params:
    """Start an execution of a pipeline, by its newest version or a given one. A repeated call with the same token starts
    nothing. The definition is read before the transaction, where this process has not read it yet."""
    with ctx.transaction() as seen:
        _source(seen, params)
    with ctx.transaction(write=True) as within:
        token = params["ClientRequestToken"]
        if (before := within.tx.once(ctx.scope, ctx.op.name, token)) is not None:
            return before
        answer = {"PipelineExecutionArn": _insert(within, params)}
        within.tx.remember(ctx.scope, ctx.op.name, token, answer)
        within.wake()
    return answer


def _source(ctx: Context, params: Params) -> _Source:
    pipeline = PIPELINE.at(ctx, [params["PipelineName"]])
    version, text = plans.text_at(ctx, pipeline, params.get("PipelineVersionId"))
    digest = plans.digest_of(text)
    return _Source(pipeline, version, digest, plans.parsed(text, digest))


def _insert(ctx: Context, params: Params) -> str:
    """Insert an execution, and the steps whose results it takes from an earlier one; return its ARN."""
    source = _source(ctx, params)
    execution, steps = _new(ctx, params, source)
    for record in (execution, *steps):
        ctx.tx.insert(record)
    note_run(ctx, source.pipeline, source.version, execution.arn)
    return execution.arn


def _new(ctx: Context, params: Params, source: _Source) -> tuple[Record, list[Record]]:
    pipeline, plan = source.pipeline, source.plan
    private = {
        "parameters": bind(plan.definition, _given(params.get("PipelineParameters", []))),
        "role": _role(ctx, params, pipeline),
        "version": source.version,
        "digest": source.digest,
    }
    execution = _record(ctx, params, pipeline, private)
    execution.doc["status"] |= _experiment(execution, plan)
    config = params.get("SelectiveExecutionConfig")
    if config is None:
        return execution, []
    chosen = selective.chosen_of(plan, config)
    sources = selective.reused(ctx, plan, pipeline.arn, config, chosen)
    return _selective(execution, plan, chosen, sources)


def _given(parameters: list[Params]) -> dict[str, str]:
    """Return the values that a request gives. Raise ValidationException for a parameter that it gives twice."""
    found = {one["Name"]: one["Value"] for one in parameters}
    if len(found) < len(parameters):
        raise validation("PipelineParameters must not contain a parameter twice.")
    return found


def _role(ctx: Context, params: Params, pipeline: Record) -> str:
    """Return the role that the execution acts as. One that the request names must be passed; the pipeline's own was passed
    when the pipeline was made."""
    if "RoleArn" in params:
        roles.require(ctx, params["RoleArn"], pipeline.arn.rpartition(":")[2])
        return params["RoleArn"]
    return pipeline.spec["RoleArn"]


def _record(ctx: Context, params: Params, pipeline: Record, private: Params) -> Record:
    id = f"{pipeline.arn.rpartition('/')[2]}/{ctx.platform.ids.hex(_ID)}"
    spec = {
        "PipelineExecutionDisplayName": f"execution-{int(ctx.now * 1000)}",
        **{name: pipeline.spec[name] for name in ("ParallelismConfiguration",) if name in pipeline.spec},
        **{name: params[name] for name in _SHOWN if name in params},
    }
    status = {
        "PipelineArn": pipeline.arn,
        "PipelineVersionId": private["version"],
        "RoleArn": private["role"],
        "CreatedBy": user_context(ctx.caller),
        "LastModifiedBy": user_context(ctx.caller),
    }
    return Record(
        kind=EXECUTION.kind,
        scope=ctx.scope,
        id=id,
        arn=f"{pipeline.arn}/execution/{id.rpartition('/')[2]}",
        status="Executing",
        doc=Document(status=status, private=private).over(spec),
        created=ctx.now,
        modified=ctx.now,
        due=ctx.now,
        parent=pipeline.arn,
    )


_SHOWN = (
    *("PipelineExecutionDisplayName", "PipelineExecutionDescription"),
    *("ParallelismConfiguration", "SelectiveExecutionConfig"),
)


def _experiment(execution: Record, plan: Plan) -> Params:
    """Return PipelineExperimentConfig with its functions resolved; nothing for a pipeline without an experiment."""
    config = plan.definition.experiment_config
    if config is None:
        return {}
    return {"PipelineExperimentConfig": resolve(config, _Names(execution), "PipelineExperimentConfig")}


class _Names:
    """The values that the names of an experiment may be made of."""

    def __init__(self, execution: Record) -> None:
        self._execution = execution

    def parameter(self, name: str) -> Any:
        return self._execution.private["parameters"][name]

    def execution(self, name: str) -> str:
        return execution_values(self._execution, self._execution.created)[name]

    def step(self, name: str) -> Mapping[str, Any]:
        raise validation("PipelineExperimentConfig cannot refer to a step.")

    def property_file(self, step: str, file: str) -> Any:
        raise validation("PipelineExperimentConfig cannot refer to a step.")

    def experiment(self, name: str) -> str:
        raise validation("PipelineExperimentConfig cannot refer to itself.")

    def s3_json(self, uri: str) -> Any:
        raise validation("PipelineExperimentConfig cannot refer to a document.")


def _selective(
    execution: Record, plan: Plan, chosen: list[str], sources: list[Record]
) -> tuple[Record, list[Record]]:
    steps = [
        selective.taken_over(schedule.new_step(execution, plan, name_of(one), execution.created), one)
        for one in sources
    ]
    known = {"chosen": chosen, "steps": {name_of(one): SUCCEEDED for one in sources}}
    private = {**execution.doc["private"], **known}
    return execution.evolve(doc={**execution.doc, "private": private}), steps
