"""Create, update, describe and delete pipelines. Their definitions make versions, and their executions go with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import not_implemented
from clary.plane import Context, Document, Record, revise
from clary.plane.nouns import tags
from clary.services.sagemaker import roles
from clary.services.sagemaker.pipelines import accepts, versions
from clary.services.sagemaker.pipelines.below import delete_below, is_running
from clary.services.sagemaker.pipelines.pipeline import PIPELINE
from clary.services.sagemaker.pipelines.source import definition_text, has_definition
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.user_context import user_context
from clary.store.api import Exists, Stale

Params = dict[str, Any]
_ATTEMPTS = 8
_MEMBERS = ("PipelineDisplayName", "PipelineDescription", "RoleArn", "ParallelismConfiguration")


@sagemaker.operation(
    on=PIPELINE.arn, also=(sagemaker.tagging("Tags"),), accepts=accepts.CREATE, lane="compute"
)
def create_pipeline(ctx: Context, params: Params) -> Params:
    """Create a pipeline with its first version. The definition is read and checked before the transaction: both take time."""
    text = definition_text(ctx, params)
    return _write(ctx, lambda within: _create(within, params, text))


def _write(ctx: Context, work: Callable[[Context], Params]) -> Params:
    """Return the result of work in a transaction of its own, again where another one interferes, which PostgreSQL reports."""
    for left in reversed(range(_ATTEMPTS)):
        try:
            with ctx.transaction(write=True) as within:
                return work(within)
        except Stale:
            if not left:
                raise
    raise AssertionError("unreachable")


def _create(ctx: Context, params: Params, text: str) -> Params:
    token = params["ClientRequestToken"]
    if (before := ctx.tx.once(ctx.scope, ctx.op.name, token)) is not None:
        return before
    answer = {"PipelineArn": _insert(ctx, params, text).arn}
    ctx.tx.remember(ctx.scope, ctx.op.name, token, answer)
    return answer


def _insert(ctx: Context, params: Params, text: str) -> Record:
    roles.require(ctx, params["RoleArn"], f"pipeline/{params['PipelineName']}")
    given = tags.of_request(PIPELINE.spelling.tags, params)
    record = versions.counted(_fresh(ctx, params))
    try:
        ctx.tx.insert(record)
    except Exists:
        raise PIPELINE.says.exists(record.arn, record.id) from None
    versions.add(ctx, record, text)
    ctx.tx.tag(record.arn, given)
    return record


def _fresh(ctx: Context, params: Params) -> Record:
    name, user = params["PipelineName"], user_context(ctx.caller)
    status = {"ManagedBy": "CUSTOMER", "CreatedBy": user, "LastModifiedBy": user}
    return Record(
        kind=PIPELINE.kind,
        scope=ctx.scope,
        id=name,
        arn=PIPELINE.arn_of(ctx, name),
        status="Active",
        doc=Document(status=status).over(_given(params)),
        created=ctx.now,
        modified=ctx.now,
    )


def _given(params: Mapping[str, Any]) -> Params:
    return {name: params[name] for name in _MEMBERS if name in params}


@sagemaker.operation(on=PIPELINE.arn, accepts=accepts.UPDATE, lane="compute")
def update_pipeline(ctx: Context, params: Params) -> Params:
    """Change what the request names. Another definition makes a new version."""
    text = definition_text(ctx, params) if has_definition(params) else None
    return _write(ctx, lambda within: _update(within, params, text))


def _update(ctx: Context, params: Params, text: str | None) -> Params:
    record = PIPELINE.load(ctx, params)
    if "RoleArn" in params:
        roles.require(ctx, params["RoleArn"], f"pipeline/{record.id}")
    record = _changed(ctx, record, text)
    record = revise(record, spec=_given(params), observed={"LastModifiedBy": user_context(ctx.caller)})
    ctx.tx.update(record.evolve(modified=ctx.now))
    return {"PipelineArn": record.arn, "PipelineVersionId": versions.newest(record)}


def _changed(ctx: Context, record: Record, text: str | None) -> Record:
    """Return the record with another version where the text is not that of its newest one."""
    if text is None or text == versions.text_of(versions.find(ctx.tx, record)):
        return record
    record = versions.counted(record)
    versions.add(ctx, record, text)
    return record


@sagemaker.operation(on=PIPELINE.arn)
def describe_pipeline(ctx: Context, params: Params) -> Params:
    """Return a pipeline with the definition of its newest version, or of another one."""
    if "PipelineVersionAlias" in params:
        raise not_implemented("sagemaker", "DescribePipeline with PipelineVersionAlias")
    record = PIPELINE.load(ctx, params)
    version = versions.find(ctx.tx, record, params.get("PipelineVersionId"))
    return {**PIPELINE.describe(record), **versions.detail(version)}


@sagemaker.operation(on=PIPELINE.arn, accepts=accepts.DELETE)
def delete_pipeline(ctx: Context, params: Params) -> Params:
    """Delete a pipeline with its versions and executions. Raise ConflictException while one of these has not ended."""
    token = params["ClientRequestToken"]
    if (before := ctx.tx.once(ctx.scope, ctx.op.name, token)) is not None:
        return before
    record = PIPELINE.load(ctx, params)
    if is_running(ctx, record.id):
        raise AwsError(
            "ConflictException",
            f"Pipeline {record.arn} cannot be deleted because it has executions that have not ended.",
        )
    delete_below(ctx, record.id)
    ctx.tx.delete(record)
    ctx.tx.remember(ctx.scope, ctx.op.name, token, {"PipelineArn": record.arn})
    return {"PipelineArn": record.arn}
