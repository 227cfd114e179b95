"""Published versions: rows that never change, but for being deleted; and what a qualifier means."""

from __future__ import annotations

from typing import Any

import orjson

from clary.plane import Context, Record, revise
from clary.services.lambda_ import names
from clary.services.lambda_.errors import invalid, no_function, stale
from clary.services.lambda_.functions import aliases
from clary.services.lambda_.functions.noun import load, settled, shown
from clary.services.lambda_.names import LATEST, Named
from clary.services.lambda_.pages import page
from clary.services.lambda_.service import lambda_
from clary.store.api import Tx

Params = dict[str, Any]
# What differs between two versions whatever the user changed.
_OWN = frozenset(["RevisionId", "LastModified", "Version", "FunctionArn", "Description"])


def row(tx: Tx, named: Named, version: str) -> Params | None:
    """Return the configuration of a published version, or None."""
    found = tx.sql(
        "SELECT doc FROM lambda_version WHERE scope = ? AND name = ? AND version = ?",
        named.scope, named.name, int(version),
    )  # fmt: skip
    return orjson.loads(found[0][0]) if found else None


def rows(tx: Tx, named: Named) -> list[Params]:
    """Return the configurations of all published versions, in their order."""
    found = tx.sql(
        "SELECT doc FROM lambda_version WHERE scope = ? AND name = ? ORDER BY version",
        named.scope,
        named.name,
    )
    return [orjson.loads(doc) for (doc,) in found]


def configuration(ctx: Context, named: Named) -> Params:
    """Return the configuration that a name with its qualifier means. Raise ResourceNotFound."""
    record = load(ctx, named)
    if named.qualifier in ("", LATEST):
        return shown(record, named.qualifier)
    version = named.qualifier
    if not named.is_version:
        alias = aliases.row(ctx.tx, named, named.qualifier)
        if alias is None:
            raise no_function(named.qualified)
        version = alias["FunctionVersion"]
        if version == LATEST:
            return {**shown(record), "FunctionArn": named.qualified}
    found = row(ctx.tx, named, version)
    if found is None:
        raise no_function(named.qualified)
    return {**found, "FunctionArn": named.qualified}


def publish(
    ctx: Context, record: Record, named: Named, description: str | None = None
) -> tuple[Record, Params]:
    """Write a version of $LATEST, unless the last one is the same. Return the record as it becomes, which the caller
    writes, and the version."""
    last = rows(ctx.tx, named)[-1:]
    if last and _fingerprint(last[0]) == _fingerprint(record.spec):
        return record, last[0]
    number = record.private.get("versions", 0) + 1
    made = {
        **record.spec,
        "Description": record.spec["Description"] if description is None else description,
        "Version": str(number),
        "FunctionArn": f"{record.arn}:{number}",
        "RevisionId": ctx.platform.ids.uuid(),
        "State": "Active",
        "LastUpdateStatus": "Successful",
    }
    ctx.tx.sql(
        "INSERT INTO lambda_version (scope, name, version, doc) VALUES (?, ?, ?, ?)",
        named.scope, named.name, number, orjson.dumps(made).decode(),
    )  # fmt: skip
    ctx.tx.changed(
        "lambda:FunctionVersion",
        named.scope,
        f"{named.name}:{number}",
        made["FunctionArn"],
        "created",
        {"new": {}},
    )
    return revise(record, private={"versions": number}), made


def _fingerprint(config: Params) -> Params:
    states = ("State", "StateReason", "StateReasonCode", "LastUpdateStatus")
    return {name: value for name, value in config.items() if name not in _OWN and name not in states}


@lambda_.operation(on=names.whole)
def publish_version(ctx: Context, params: Params) -> Params:
    """Publish $LATEST. Raise InvalidParameterValue for other code than the caller believes, PreconditionFailed."""
    named = names.of(ctx, params)
    record = settled(ctx, named)
    if params.get("RevisionId") and params["RevisionId"] != record.spec["RevisionId"]:
        raise stale("GetFunction/GetAlias")
    if params.get("CodeSha256") and params["CodeSha256"] != record.spec["CodeSha256"]:
        raise invalid(
            f"CodeSHA256 ({params['CodeSha256']}) is different from current CodeSHA256 in $LATEST "
            f"({record.spec['CodeSha256']}). Please try again with the CodeSHA256 in $LATEST."
        )
    changed, made = publish(ctx, record, named, params.get("Description"))
    if changed is not record:
        ctx.tx.update(revise(changed, spec={"RevisionId": ctx.platform.ids.uuid()}))
    return made


@lambda_.operation(on=names.whole)
def list_versions_by_function(ctx: Context, params: Params) -> Params:
    """Return a page of $LATEST and the published versions."""
    named = names.of(ctx, params)
    record = load(ctx, named)
    every = [shown(record, LATEST), *rows(ctx.tx, named)]
    found, more = page(ctx, params, every, _number)
    return {"Versions": found, **more}


def _number(config: Params) -> int:
    return 0 if config["Version"] == LATEST else int(config["Version"])
