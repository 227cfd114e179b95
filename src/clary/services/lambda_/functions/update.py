"""UpdateFunctionConfiguration and UpdateFunctionCode. Until a controller has settled the update, invocations get what was
there before it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clary.plane import Context, Record, revise
from clary.plane.signals import DUE
from clary.services.lambda_ import archives, names, uploads
from clary.services.lambda_.errors import invalid, stale
from clary.services.lambda_.functions import code, request, versions
from clary.services.lambda_.functions.noun import KIND, UPDATING, settled, shown
from clary.services.lambda_.names import Named
from clary.services.lambda_.service import lambda_
from clary.services.lambda_.uploads import Upload

Params = dict[str, Any]


@lambda_.operation(on=names.whole)
def update_function_configuration(ctx: Context, params: Params) -> Params:
    """Change what is given of a configuration. Raise ResourceNotFound, ResourceConflict, PreconditionFailed."""
    named = names.unqualified(ctx, params)
    record = _current(ctx, named, params)
    new = request.changes(ctx, {**params, "FunctionName": named.name}, record.spec)
    written = ctx.tx.update(_updating(ctx, record, new))
    ctx.notify(DUE, KIND)
    return shown(written)


@lambda_.operation(on=names.whole)
async def update_function_code(ctx: Context, params: Params) -> Params:
    """Give a function other code. With DryRun say what it would become, and change nothing."""
    named = names.unqualified(ctx, params)
    await ctx.transact(lambda tx: _check(replace(ctx, tx=tx), named, params))
    archive = await uploads.archive_of(ctx, params)
    if params.get("DryRun"):
        upload = Upload(archives.digest(archive), "", len(archive))
        return await ctx.transact(lambda tx: _previewed(replace(ctx, tx=tx), named, params, upload))
    upload = await uploads.store(ctx, archive)
    answer = await ctx.transact(lambda tx: _write(replace(ctx, tx=tx), named, params, upload), write=True)
    ctx.notify(DUE, KIND)
    return answer


def _current(ctx: Context, named: Named, params: Params) -> Record:
    record = settled(ctx, named)
    if params.get("RevisionId") and params["RevisionId"] != record.spec["RevisionId"]:
        raise stale("GetFunction/GetAlias")
    return record


def _check(ctx: Context, named: Named, params: Params) -> None:
    _current(ctx, named, params)
    request.refuse_architectures(params)
    if params.get("ImageUri"):
        raise invalid("Please do not provide ImageUri when updating a function with packageType Zip.")


def _previewed(ctx: Context, named: Named, params: Params, upload: Upload) -> Params:
    return shown(_updating(ctx, _current(ctx, named, params), _of(upload)))


def _write(ctx: Context, named: Named, params: Params, upload: Upload) -> Params:
    record = _updating(ctx, _current(ctx, named, params), _of(upload))
    code.keep(ctx.tx, named, upload)
    answer = shown(record)
    if params.get("Publish"):
        record, answer = versions.publish(ctx, record, named)
    ctx.tx.update(record)
    return answer


def _of(upload: Upload) -> Params:
    return {"CodeSha256": archives.shown(upload.sha256), "CodeSize": upload.size}


def _updating(ctx: Context, record: Record, new: Params) -> Record:
    """Return the record with changes that are yet to be settled."""
    stamp = {"LastModified": request.timestamp(ctx.now), "RevisionId": ctx.platform.ids.uuid()}
    return revise(
        record,
        spec={**new, **stamp},
        observed=dict(UPDATING),
        private={"served": record.spec},
        due=ctx.now,
        modified=ctx.now,
    )
