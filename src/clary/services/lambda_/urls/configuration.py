"""Function URLs as the API has them: Create-, Update-, Get-, Delete- and ListFunctionUrlConfig(s)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from clary.plane import Context
from clary.services.lambda_ import names
from clary.services.lambda_.errors import conflict, invalid, no_function, not_found
from clary.services.lambda_.functions import aliases
from clary.services.lambda_.functions.noun import find
from clary.services.lambda_.functions.request import timestamp
from clary.services.lambda_.names import Named
from clary.services.lambda_.pages import page
from clary.services.lambda_.service import lambda_
from clary.store.api import Tx

Params = dict[str, Any]
_COLUMNS = "scope, name, qualifier, id, doc, created, modified"
_ID = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True)
class Url:
    """A function's URL. `id` is the first label of its host; `qualifier` is '' for the function itself."""

    scope: str
    name: str
    qualifier: str
    id: str
    doc: Params
    created: float
    modified: float

    @property
    def address(self) -> str:
        return f"https://{self.id}.lambda-url.{self.scope.partition('/')[2]}.on.aws/"


def by_id(tx: Tx, id: str) -> Url | None:
    """Return the URL of a host's first label, or None."""
    found = _select(tx, "id = ?", id)
    return found[0] if found else None


@lambda_.operation(on=names.target)
def create_function_url_config(ctx: Context, params: Params) -> Params:
    """Give a function or an alias an address. Raise ResourceConflict where it has one."""
    named = _named(ctx, params)
    if _find(ctx, named) is not None:
        raise conflict(
            f"Failed to create function url config for [functionArn = {named.qualified}]. Error message:  "
            "FunctionUrlConfig exists for this Lambda function"
        )
    doc = {"AuthType": params["AuthType"], "InvokeMode": params.get("InvokeMode", "BUFFERED")}
    if params.get("Cors"):
        doc["Cors"] = params["Cors"]
    id = "".join(_ID[int(ctx.platform.ids.hex(2), 16) % 32] for _ in range(32))
    url = Url(named.scope, named.name, named.qualifier, id, doc, ctx.now, ctx.now)
    ctx.tx.sql(
        f"INSERT INTO lambda_url ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        url.scope, url.name, url.qualifier, id, orjson.dumps(doc).decode(), ctx.now, ctx.now,
    )  # fmt: skip
    shown = _shown(named, url)
    del shown["LastModifiedTime"]
    return shown


@lambda_.operation(on=names.target)
def update_function_url_config(ctx: Context, params: Params) -> Params:
    """Change what is given of a URL. Raise ResourceNotFound."""
    named = names.of(ctx, params)
    url = _found(ctx, named)
    given = {member: params[member] for member in ("AuthType", "Cors", "InvokeMode") if member in params}
    doc = {**url.doc, **given}
    ctx.tx.sql(
        "UPDATE lambda_url SET doc = ?, modified = ? WHERE id = ?",
        orjson.dumps(doc).decode(),
        ctx.now,
        url.id,
    )
    return _shown(named, Url(url.scope, url.name, url.qualifier, url.id, doc, url.created, ctx.now))


@lambda_.operation(on=names.target)
def get_function_url_config(ctx: Context, params: Params) -> Params:
    """Return a URL. Raise ResourceNotFound."""
    named = names.of(ctx, params)
    return _shown(named, _found(ctx, named))


@lambda_.operation(on=names.target)
def delete_function_url_config(ctx: Context, params: Params) -> Params:
    """Take a function's address away. Raise ResourceNotFound."""
    url = _found(ctx, names.of(ctx, params))
    ctx.tx.sql("DELETE FROM lambda_url WHERE id = ?", url.id)
    return {}


@lambda_.operation(on=names.whole)
def list_function_url_configs(ctx: Context, params: Params) -> Params:
    """Return a page of the URLs of a function and its aliases."""
    named = names.of(ctx, params)
    if find(ctx.tx, named) is None:
        raise not_found("Function does not exist")
    every = _select(ctx.tx, "scope = ? AND name = ? ORDER BY qualifier", named.scope, named.name)
    found, more = page(ctx, params, every, lambda url: url.qualifier)
    return {"FunctionUrlConfigs": [_shown(named.at(url.qualifier), url) for url in found], **more}


def _named(ctx: Context, params: Params) -> Named:
    named = names.of(ctx, params)
    if named.qualifier and not named.is_alias:
        raise invalid(f"Function URLs are for functions and aliases, not for {named.qualifier}.")
    if find(ctx.tx, named) is None:
        raise not_found("Function does not exist")
    if named.qualifier and aliases.row(ctx.tx, named, named.qualifier) is None:
        raise no_function(named.qualified)
    return named


def _find(ctx: Context, named: Named) -> Url | None:
    where = "scope = ? AND name = ? AND qualifier = ?"
    found = _select(ctx.tx, where, named.scope, named.name, named.qualifier)
    return found[0] if found else None


def _found(ctx: Context, named: Named) -> Url:
    url = _find(ctx, named)
    if url is None:
        raise not_found("The resource you requested does not exist.")
    return url


def _select(tx: Tx, where: str, *values: Any) -> list[Url]:
    rows = tx.sql(f"SELECT {_COLUMNS} FROM lambda_url WHERE {where}", *values)
    return [
        Url(scope, name, qualifier, id, orjson.loads(doc), *times)
        for scope, name, qualifier, id, doc, *times in rows
    ]


def _shown(named: Named, url: Url) -> Params:
    return {
        "FunctionUrl": url.address,
        "FunctionArn": named.qualified,
        **url.doc,
        "CreationTime": timestamp(url.created),
        "LastModifiedTime": timestamp(url.modified),
    }
