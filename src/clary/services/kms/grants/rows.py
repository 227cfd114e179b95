"""The table of grants. Knows no operation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from clary.services.kms.key_ids import Named
from clary.store.api import Tx

COLUMNS = "key_id, id, created, name, grantee, retiring, issuer, operations, constraints"
_OF_KEY = "account = ? and region = ? and key_id = ?"


class Grant(NamedTuple):
    """A row: `grantee` may use the key for `operations`, as far as `constraints` (both JSON) hold."""

    key_id: str
    id: str
    created: float
    name: str
    grantee: str
    retiring: str
    issuer: str
    operations: str
    constraints: str

    @property
    def allows(self) -> frozenset[str]:
        return frozenset(json.loads(self.operations))

    @property
    def within(self) -> dict[str, Any]:
        """The constraints; empty where there are none."""
        return json.loads(self.constraints) if self.constraints else {}


def insert(tx: Tx, scope: str, grant: Grant) -> None:
    marks = ", ".join("?" * len(grant))
    account, _, region = scope.partition("/")
    tx.sql(
        f"insert into kms_grant (account, region, {COLUMNS}) values (?, ?, {marks})", account, region, *grant
    )


def find(tx: Tx, named: Named, id: str) -> Grant | None:
    """Return a grant of a key by its id."""
    return next(iter(_select(tx, "key_id = ? and id = ?", named.scope, named.id, id)), None)


def delete(tx: Tx, named: Named, id: str) -> None:
    tx.sql(f"delete from kms_grant where {_OF_KEY} and id = ?", named.account, named.region, named.id, id)


def drop_all(tx: Tx, scope: str, key_id: str) -> None:
    """Delete all grants of a key."""
    tx.sql(f"delete from kms_grant where {_OF_KEY}", *scope.split("/"), key_id)


def of_grantees(tx: Tx, named: Named, grantees: Sequence[str]) -> list[Grant]:
    """Return the grants of a key for these principals. There are few of each (create.py)."""
    marks = ", ".join("?" * len(grantees))
    return _select(tx, f"key_id = ? and grantee in ({marks})", named.scope, named.id, *grantees)


def of_key(tx: Tx, named: Named, after: str, limit: int, **members: str) -> list[Grant]:
    """Return grants of a key in the order of their ids, whose columns have these values."""
    where = "".join(f" and {column} = ?" for column in members)
    condition = f"key_id = ? and id > ?{where} order by id limit ?"
    return _select(tx, condition, named.scope, named.id, after, *members.values(), limit)


def of_retiring(
    tx: Tx, region: str, principal: str, after: Sequence[str], limit: int
) -> list[tuple[str, Grant]]:
    """Return the accounts and grants of a Region that a principal may retire, by account, key and id."""
    statement = (
        f"select account, {COLUMNS} from kms_grant where region = ? and retiring = ?"
        " and (account, key_id, id) > (?, ?, ?) order by account, key_id, id limit ?"
    )
    return [(account, Grant(*row)) for account, *row in tx.sql(statement, region, principal, *after, limit)]


def count(tx: Tx, named: Named, grantee: str | None = None) -> int:
    """Return how many grants a key has: all, or those for one principal."""
    statement, args = (
        f"select count(*) from kms_grant where {_OF_KEY}",
        [named.account, named.region, named.id],
    )
    if grantee is not None:
        statement, args = f"{statement} and grantee = ?", [*args, grantee]
    return tx.sql(statement, *args)[0][0]


def _select(tx: Tx, condition: str, scope: str, *args: Any) -> list[Grant]:
    statement = f"select {COLUMNS} from kms_grant where account = ? and region = ? and {condition}"
    return [Grant(*row) for row in tx.sql(statement, *scope.split("/"), *args)]
