"""The table of aliases. Knows no operation."""

from __future__ import annotations

from typing import Any, NamedTuple

from clary.plane import Context
from clary.store.api import Tx

COLUMNS = "name, key_id, created, modified"


class Alias(NamedTuple):
    """A row. `name` begins with `alias/`; times are the machine's."""

    name: str
    key_id: str
    created: float
    modified: float


def find_alias(tx: Tx, scope: str, name: str) -> Alias | None:
    """Return the alias of this name in an account and Region."""
    rows = tx.sql(f"select {COLUMNS} from kms_alias where scope = ? and name = ?", scope, name)
    return Alias(*rows[0]) if rows else None


def names_of(tx: Tx, scope: str, key_id: str, most: int = 100) -> list[str]:
    """Return the names of the aliases of a key."""
    statement = "select name from kms_alias where scope = ? and key_id = ? order by name limit ?"
    return [name for (name,) in tx.sql(statement, scope, key_id, most)]


def alias_arn(ctx: Context, name: str) -> str:
    """Return the ARN of an alias of the caller's account in this Region."""
    return f"arn:{ctx.partition}:kms:{ctx.region}:{ctx.caller.account}:{name}"


def shown(ctx: Context, alias: Alias) -> dict[str, Any]:
    """Return an alias as ListAliases shows it."""
    return {
        "AliasName": alias.name,
        "AliasArn": alias_arn(ctx, alias.name),
        "TargetKeyId": alias.key_id,
        "CreationDate": alias.created,
        "LastUpdatedDate": alias.modified,
    }
