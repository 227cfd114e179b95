"""The alias of an account: one, and unique in the platform as it is on AWS."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.iam import entities, errors
from clary.services.iam.service import operation
from clary.store.api import Tx

Params = dict[str, Any]


@operation()
def create_account_alias(ctx: Context, params: Params) -> Params:
    """Give the account this alias instead of the one it has."""
    alias = params["AccountAlias"]
    taken = ctx.tx.sql("SELECT account FROM iam_alias WHERE alias = ?", alias)
    if taken and taken[0][0] != ctx.account:
        raise errors.entity_exists(f"The account alias {alias} already exists.")
    ctx.tx.sql("DELETE FROM iam_alias WHERE account = ?", ctx.account)
    ctx.tx.sql("INSERT INTO iam_alias (alias, account) VALUES (?, ?)", alias, ctx.account)
    return {}


@operation()
def list_account_aliases(ctx: Context, params: Params) -> Params:
    aliases, more = entities.paginate(ctx, params, of_account(ctx.tx, ctx.account), str)
    return {"AccountAliases": aliases, **more}


@operation()
def delete_account_alias(ctx: Context, params: Params) -> Params:
    alias = params["AccountAlias"]
    if alias not in of_account(ctx.tx, ctx.account):
        raise errors.no_such_entity(f"The account alias {alias} cannot be found.")
    ctx.tx.sql("DELETE FROM iam_alias WHERE alias = ?", alias)
    return {}


def of_account(tx: Tx, account: str) -> list[str]:
    """Return the alias of an account, if it has one."""
    return [alias for (alias,) in tx.sql("SELECT alias FROM iam_alias WHERE account = ?", account)]
