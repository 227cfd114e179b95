"""Rows of replicas: the source's version id, time and metadata, in another bucket.

A replica stands in the history of its key where the source stands in its own, so that both buckets have the same current
version when everything is replicated, also where both replicate to each other.
"""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.s3 import bucket_features, object_extras, object_rows
from clary.services.s3.acls.grants import ANONYMOUS
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.encryption import sealing
from clary.services.s3.lock import configuration, retention
from clary.services.s3.object_extras import Extra
from clary.services.s3.object_rows import Row
from clary.services.s3.replication import statuses
from clary.services.s3.replication.rules import Rule
from clary.store.api import Tx

_LOCK = ("mode", "until", "ends", "hold")


def find(tx: Tx, target: Bucket, row: Row) -> Row | None:
    """Return the replica of a version, or None."""
    rows = tx.sql(
        "SELECT seq FROM s3_object WHERE bucket = ? AND key = ? AND version = ?",
        target.name,
        row.key,
        row.version,
    )
    return object_rows.by_seq(tx, target.name, row.key, rows[0][0]) if rows else None


def write(ctx: Context, tx: Tx, target: Bucket, replica: Row) -> Row:
    """Write a replica, and return it as it stands. Its version id leads to it, whatever `seq` it gets."""
    replica = replica._replace(seq=_free(tx, target, replica))
    newest = object_rows.current(tx, target.name, replica.key)
    is_newest = newest is None or replica.seq < newest.seq
    if is_newest and newest is not None:
        tx.sql(
            "UPDATE s3_object SET latest = 0 WHERE bucket = ? AND key = ? AND seq = ?",
            target.name, newest.key, newest.seq,
        )  # fmt: skip
    sealing.keep(ctx, tx, replica.cipher)
    object_rows.insert(tx, target.name, replica, latest=is_newest)
    return replica


def _free(tx: Tx, target: Bucket, replica: Row) -> int:
    """Return the `seq` of a replica: its own, or the next older one that no other version of the key has."""
    seq = replica.seq
    while object_rows.by_seq(tx, target.name, replica.key, seq) is not None:
        seq += 1
    return seq


def extra_of(ctx: Context, tx: Tx, source: Bucket, row: Row, target: Bucket, rule: Rule) -> Extra:
    """Return what a new replica has beside its columns: who owns it, its ACL and its lock."""
    stored = _lock(ctx, tx, row, target) | _ownership(source, row, target, rule)
    return stored | {statuses.MEMBER: statuses.REPLICA}


def _lock(ctx: Context, tx: Tx, row: Row, target: Bucket) -> Extra:
    """Return the lock of the source, or else the default of the target: "If you don't have retention controls applied to the
    objects in your source bucket … the destination bucket's default retention period is applied"."""
    if not target.has(bucket_features.LOCK) or row.marker:
        return {}
    extra = object_extras.of(row)
    kept: Extra = {name: extra[name] for name in _LOCK if name in extra}
    default = configuration.default_retention(tx, target.name)
    if kept.get("mode") or default is None:
        return kept
    return kept | retention.by_default(default, ctx.business)


def _ownership(source: Bucket, row: Row, target: Bucket, rule: Rule) -> Extra:
    """Return the owner and the ACL: those of the source, unless the target has no ACLs or its account takes over."""
    if not target.has(bucket_features.ACLS) or row.marker:
        return {}
    if rule.takes_over and source.owner != target.owner:
        return {}
    extra = object_extras.of(row)
    owner = extra.get("owner") or source.owner
    found: Extra = {} if owner in (target.owner, ANONYMOUS) else {"owner": owner}
    return found | ({"acl": extra["acl"]} if extra.get("acl") else {})


def carry(ctx: Context, tx: Tx, source: Bucket, row: Row, target: Bucket, rule: Rule, replica: Row) -> Row:
    """Give the tags, the ACL and the lock of a version to its replica."""
    tx.sql(
        "UPDATE s3_object SET tags = ? WHERE bucket = ? AND key = ? AND seq = ?",
        row.tags, target.name, replica.key, replica.seq,
    )  # fmt: skip
    extra = object_extras.of(row)
    members: dict[str, Any] = {}
    if target.has(bucket_features.LOCK) and any(name in extra for name in _LOCK):
        members |= {name: extra.get(name) for name in _LOCK}
    if target.has(bucket_features.ACLS) and not (rule.takes_over and source.owner != target.owner):
        members["acl"] = extra.get("acl")
    replica = replica._replace(tags=row.tags)
    return object_extras.change(tx, target.name, replica, **members) if members else replica
