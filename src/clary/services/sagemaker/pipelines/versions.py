"""Versions of pipelines: one for each definition that a pipeline has had.

A version is a record `<pipeline>/<number>`, the number with leading zeros, so that versions sort by their ids. The text of
the definition is its private member, apart from the pipeline's record, which is listed and searched.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.kernel import AwsError
from clary.plane import Context, Document, Hooks, Key, Noun, Query, Record, revise
from clary.plane.paging import read_token, sign_token
from clary.services.sagemaker.pipelines import accepts
from clary.services.sagemaker.pipelines.below import below
from clary.services.sagemaker.pipelines.pipeline import PIPELINE
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.user_context import user_context
from clary.store.api import Condition, Tx

Params = dict[str, Any]
_DIGITS = 10
_PAGE = 100


def _number(record: Record) -> int:
    return int(record.id.rpartition("/")[2])


# Versions have no Create and no Describe of their own, and no ARN that AWS shows.
VERSION = sagemaker.declare(
    Noun(
        "PipelineVersion",
        arn="pipeline/{PipelineName}/version/{PipelineVersionId}",
        key=Key("PipelineName", "PipelineVersionId"),
        hooks=Hooks(view=lambda record: {"PipelineVersionId": _number(record)}),
    )
)


def counted(pipeline: Record) -> Record:
    """Return a pipeline's record with one version more, which `add` makes."""
    return revise(pipeline, private={"versions": newest(pipeline) + 1})


def add(ctx: Context, pipeline: Record, text: str) -> None:
    """Insert the newest version of a pipeline."""
    number = newest(pipeline)
    document = Document(
        spec={"PipelineName": pipeline.id},
        status={"PipelineArn": pipeline.arn, "CreatedBy": user_context(ctx.caller)},
        private={"definition": text},
    )
    ctx.tx.insert(
        Record(
            kind=VERSION.kind,
            scope=ctx.scope,
            id=_id(pipeline.id, number),
            arn=f"{pipeline.arn}/version/{number}",
            doc=document.over({}),
            created=ctx.now,
            modified=ctx.now,
        )
    )


def newest(pipeline: Record) -> int:
    """Return the number of a pipeline's newest version, 0 before the first."""
    return int(pipeline.private.get("versions", 0))


def find(tx: Tx, pipeline: Record, number: int | None = None) -> Record:
    """Return a version of a pipeline, the newest by default. Raise ResourceNotFound."""
    wanted = newest(pipeline) if number is None else number
    record = tx.get(VERSION.kind, pipeline.scope, _id(pipeline.id, wanted))
    if record is None:
        raise AwsError(
            "ResourceNotFound", f"Pipeline version {wanted} of pipeline {pipeline.arn} does not exist."
        )
    return record


def text_of(version: Record) -> str:
    """Return the text of a version's definition."""
    return version.private["definition"]


def detail(version: Record) -> Params:
    """Return what DescribePipeline shows of a version."""
    names = ("PipelineVersionDisplayName", "PipelineVersionDescription")
    shown = {name: version.spec[name] for name in names if name in version.spec}
    return {**shown, "PipelineDefinition": text_of(version)}


def _id(pipeline: str, number: int) -> str:
    return f"{pipeline}/{number:0{_DIGITS}d}"


# operations ------------------------------------------------------------------------------------------------------


@sagemaker.operation(on=PIPELINE.arn, lane="heavy_read")
def list_pipeline_versions(ctx: Context, params: Params) -> Params:
    """List versions, the newest first unless the request says otherwise (the SDK's `latest_pipeline_version_id` takes the
    first of a page)."""
    pipeline = PIPELINE.load(ctx, params)
    limit = int(params.get("MaxResults", _PAGE))
    after = read_token(ctx, params["NextToken"]) if "NextToken" in params else None
    descending = params.get("SortOrder", "Descending") == "Descending"
    query = Query(_where(pipeline, params), "id", descending, after, limit + 1)
    found = ctx.tx.list(VERSION.kind, ctx.scope, query)
    shown = {"PipelineVersionSummaries": [_summary(pipeline, one) for one in found[:limit]]}
    last = found[limit - 1].id if len(found) > limit else None
    return {**shown, "NextToken": sign_token(ctx, [last, last])} if last else shown


def _where(pipeline: Record, params: Mapping[str, Any]) -> list[Condition]:
    times = (("CreatedAfter", ">"), ("CreatedBefore", "<"))
    return [
        *below(pipeline.id),
        *(("created", operator, params[name]) for name, operator in times if name in params),
    ]


def _summary(pipeline: Record, version: Record) -> Params:
    ran = pipeline.private.get("ran", {}).get(str(_number(version)))
    return {**VERSION.summary(version), **({"LastExecutionPipelineExecutionArn": ran} if ran else {})}


@sagemaker.operation(
    on=lambda ctx, params: [params["PipelineArn"]],
    action="UpdatePipelineVersion",
    accepts=accepts.UPDATE_VERSION,
)
def update_pipeline_version(ctx: Context, params: Params) -> Params:
    """Change the names of a version."""
    pipeline = PIPELINE.by_arn(ctx, params["PipelineArn"])
    version = find(ctx.tx, pipeline, params["PipelineVersionId"])
    spec = {name: params[name] for name in accepts.UPDATE_VERSION.echoed if name in params}
    changed = revise(version, spec=spec, observed={"LastModifiedBy": user_context(ctx.caller)})
    ctx.tx.update(changed.evolve(modified=ctx.now))
    return {"PipelineArn": pipeline.arn, "PipelineVersionId": params["PipelineVersionId"]}
