"""Rows of access points. Knows no request."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from clary.access.public_policies import is_public
from clary.store.api import Tx

_COLUMNS = "account, region, name, bucket, bucket_account, alias, created, block, policy"


class AccessPoint(NamedTuple):
    """An access point. `block` is its PublicAccessBlockConfiguration as JSON, `bucket_account` the owner of its bucket."""

    account: str
    region: str
    name: str
    bucket: str
    bucket_account: str
    alias: str
    created: float
    block: str
    policy: str | None

    @property
    def blocks(self) -> dict[str, bool]:
        return orjson.loads(self.block)

    def arn(self, partition: str) -> str:
        return arn_of(partition, self.region, self.account, self.name)

    def policy_for(self, account: str) -> str | None:
        """Return the policy, as far as it applies to a caller of an account: RestrictPublicBuckets keeps others away from a
        public one."""
        if self.policy is None or account == self.account or not self.blocks.get("RestrictPublicBuckets"):
            return self.policy
        return None if is_public(self.policy) else self.policy


def arn_of(partition: str, region: str, account: str, name: str) -> str:
    return f"arn:{partition}:s3:{region}:{account}:accesspoint/{name}"


def find(tx: Tx, account: str, region: str, name: str) -> AccessPoint | None:
    rows = tx.sql(
        f"SELECT {_COLUMNS} FROM s3_access_point WHERE account = ? AND region = ? AND name = ?",
        account, region, name,
    )  # fmt: skip
    return AccessPoint._make(rows[0]) if rows else None


def with_alias(tx: Tx, alias: str) -> AccessPoint | None:
    rows = tx.sql(f"SELECT {_COLUMNS} FROM s3_access_point WHERE alias = ?", alias)
    return AccessPoint._make(rows[0]) if rows else None


def page(tx: Tx, account: str, region: str, bucket: str | None, after: str, limit: int) -> list[AccessPoint]:
    """Return the access points of an account in a region by name, those of one bucket if it is given."""
    where, values = "account = ? AND region = ? AND name > ?", [account, region, after]
    if bucket is not None:
        where, values = f"{where} AND bucket = ?", [*values, bucket]
    rows = tx.sql(
        f"SELECT {_COLUMNS} FROM s3_access_point WHERE {where} ORDER BY name LIMIT ?", *values, limit
    )
    return [AccessPoint._make(row) for row in rows]


def of_bucket(tx: Tx, bucket: str, owner: str) -> list[AccessPoint]:
    """Return all access points of a bucket, whichever account they are in."""
    rows = tx.sql(
        f"SELECT {_COLUMNS} FROM s3_access_point WHERE bucket = ? AND bucket_account = ?", bucket, owner
    )
    return [AccessPoint._make(row) for row in rows]


def insert(tx: Tx, point: AccessPoint) -> None:
    marks = ",".join("?" * len(point))
    tx.sql(f"INSERT INTO s3_access_point ({_COLUMNS}) VALUES ({marks})", *point)


def put_policy(tx: Tx, point: AccessPoint, policy: str | None) -> None:
    tx.sql(
        "UPDATE s3_access_point SET policy = ? WHERE account = ? AND region = ? AND name = ?",
        policy, point.account, point.region, point.name,
    )  # fmt: skip


def delete(tx: Tx, point: AccessPoint) -> None:
    tx.sql(
        "DELETE FROM s3_access_point WHERE account = ? AND region = ? AND name = ?",
        point.account, point.region, point.name,
    )  # fmt: skip


def are_attached(tx: Tx, bucket: str, owner: str) -> bool:
    """Return whether a bucket has access points of its owner. Those of other accounts keep nobody from deleting it."""
    rows = tx.sql(
        "SELECT 1 FROM s3_access_point WHERE bucket = ? AND bucket_account = ? AND account = ? LIMIT 1",
        bucket, owner, owner,
    )  # fmt: skip
    return bool(rows)
