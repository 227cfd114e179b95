"""CreateFunction: check, store the archive, write the record. A controller makes it Active."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context, Document, Record
from clary.plane.signals import DUE
from clary.services.lambda_ import archives, names, tags, uploads
from clary.services.lambda_.errors import conflict
from clary.services.lambda_.functions import code, request, versions
from clary.services.lambda_.functions.noun import KIND, PENDING, find
from clary.services.lambda_.names import Named
from clary.services.lambda_.service import lambda_
from clary.services.lambda_.uploads import Upload
from clary.store.api import Tx

Params = dict[str, Any]
_LONGEST = 64


@lambda_.operation(on=names.whole, also=(lambda_.tagging("Tags"),))
async def create_function(ctx: Context, params: Params) -> Params:
    """Create a function, which is Pending until its code is laid out. Raise ResourceConflict for a name that is taken."""
    named = names.unqualified(ctx, params)
    _refuse_long(named)
    given = {**params, "FunctionName": named.name}
    await ctx.transact(lambda tx: _checked(replace(ctx, tx=tx), named, given))
    archive = await uploads.archive_of(ctx, params["Code"])
    upload = await uploads.store(ctx, archive)
    record = await ctx.transact(lambda tx: _write(replace(ctx, tx=tx), named, given, upload), write=True)
    ctx.notify(DUE, KIND)
    return record


def _refuse_long(named: Named) -> None:
    if len(named.name) > _LONGEST:
        raise validation(
            f"1 validation error detected: Value '{named.name}' at 'functionName' failed to satisfy constraint: "
            f"Member must have length less than or equal to {_LONGEST}"
        )


def _checked(ctx: Context, named: Named, params: Params) -> Params:
    if find(ctx.tx, named) is not None:
        raise conflict(f"Function already exist: {named.name}")
    tags.checked(params.get("Tags") or {}, {})
    return request.of_create(ctx, params)


def _write(ctx: Context, named: Named, params: Params, upload: Upload) -> Params:
    made = _checked(ctx, named, params)
    spec = {
        "FunctionName": named.name,
        **{name: value for name, value in made.items() if value is not None},
        "CodeSha256": archives.shown(upload.sha256),
        "CodeSize": upload.size,
        "LastModified": request.timestamp(ctx.now),
        "RevisionId": ctx.platform.ids.uuid(),
    }
    code.keep(ctx.tx, named, upload)
    record = Record(KIND, named.scope, named.name, named.arn, "Pending", Document().over(spec), due=ctx.now)
    record = record.evolve(created=ctx.now, modified=ctx.now, doc={**record.doc, "status": dict(PENDING)})
    shown = {**spec, "FunctionArn": named.arn, "Version": names.LATEST, "State": "Pending", **PENDING}
    if params.get("Publish"):
        record, version = versions.publish(ctx, record, named)
        shown |= {
            "Version": version["Version"],
            "FunctionArn": version["FunctionArn"],
            "RevisionId": version["RevisionId"],
        }
    ctx.tx.insert(record)
    if params.get("Tags"):
        ctx.tx.tag(named.arn, params["Tags"])
    return shown


def drop(tx: Tx, named: Named) -> None:
    """Remove all rows that belong to a function."""
    place = (named.scope, named.name)
    for table in (
        "lambda_code", "lambda_version", "lambda_alias", "lambda_invoke_config", "lambda_provisioned", "lambda_url",
    ):  # fmt: skip
        tx.sql(f"DELETE FROM {table} WHERE scope = ? AND name = ?", *place)
    tx.sql(
        "DELETE FROM lambda_policy WHERE scope = ? AND (resource = ? OR (resource > ? AND resource < ?))",
        named.scope, named.name, f"{named.name}:", f"{named.name};",
    )  # fmt: skip
