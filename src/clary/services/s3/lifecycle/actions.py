"""What is done to versions and uploads, in the transaction that writes how far a scan got.

The names of events are those of "Supported event types" (notification-how-to-event-types-and-destinations, S3 User Guide).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from clary.kernel import Caller
from clary.plane import Context, World
from clary.services.s3 import object_changes, object_extras, object_rows, upload_rows
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.delete_objects import MARKER
from clary.services.s3.lifecycle.decisions import DELETE, MARK, Decision
from clary.services.s3.lock import retention
from clary.services.s3.object_rows import Row
from clary.services.s3.service import s3
from clary.services.s3.tiering import tiers
from clary.store.api import Tx

EXPIRED, MARKED, MOVED = (
    "LifecycleExpiration:Delete",
    "LifecycleExpiration:DeleteMarkerCreated",
    "LifecycleTransition",
)


class Action(NamedTuple):
    """A decision about the version with this key and `seq`, if it still is (or is not) the current one of its class."""

    key: str
    seq: int
    decision: Decision
    current: bool
    storage: str


def on_versions(world: World, bucket: Bucket, actions: list[Action]) -> Callable[[Tx], None]:
    """Return the write that does what was decided."""

    def write(tx: Tx) -> None:
        ctx = _context(world, tx, bucket)
        for action in actions:
            row = _same(tx, bucket, action)
            if row is not None:
                _act(ctx, bucket, row, action.decision)

    return write


def on_uploads(world: World, bucket: Bucket, stale: list[tuple[str, str]]) -> Callable[[Tx], None]:
    """Return the write that aborts uploads, unless they were completed meanwhile."""

    def write(tx: Tx) -> None:
        for key, id in stale:
            upload = upload_rows.find(tx, bucket.name, key, id)
            if upload is not None and not upload.result:
                upload_rows.remove(tx, upload, world.now)

    return write


def _context(world: World, tx: Tx, bucket: Bucket) -> Context:
    """Return the context of what S3 does by itself."""
    platform = world.platform
    arn = f"arn:{platform.settings.partition}:s3:::{bucket.name}"
    return Context(
        platform, Caller.of_service(s3.principal, bucket.owner, arn), bucket.owner, bucket.region, world.now,
        s3.model.operations["DeleteObject"], platform.ids.uuid(), tx=tx, inside=True,
    )  # fmt: skip


def _same(tx: Tx, bucket: Bucket, action: Action) -> Row | None:
    """Return the version if it still is as it was read: its class, and whether it is the newest of its key."""
    row = object_rows.by_seq(tx, bucket.name, action.key, action.seq)
    newest = object_rows.current(tx, bucket.name, action.key)
    if row is None or newest is None or row.storage != action.storage:
        return None
    return row if (newest.seq == row.seq) == action.current else None


def _act(ctx: Context, bucket: Bucket, row: Row, decision: Decision) -> None:
    if decision.what == MARK and bucket.versioning:
        _mark(ctx, bucket, row)
    elif decision.what in (DELETE, MARK):
        if not retention.is_protected(object_extras.of(row), ctx.business):
            object_rows.remove_version(ctx, ctx.tx, bucket.name, row)
            object_changes.tell(ctx, ctx.tx, bucket, row, EXPIRED)
    else:
        _move(ctx, bucket, row, decision.storage)


def _mark(ctx: Context, bucket: Bucket, row: Row) -> None:
    marker = object_rows.write(ctx, ctx.tx, bucket, row.key, MARKER, row, marker=1)
    object_changes.tell(ctx, ctx.tx, bucket, marker, MARKED)


def _move(ctx: Context, bucket: Bucket, row: Row, storage: str) -> None:
    ctx.tx.sql(
        "UPDATE s3_object SET storage = ? WHERE bucket = ? AND key = ? AND seq = ?",
        storage, bucket.name, row.key, row.seq,
    )  # fmt: skip
    if storage == tiers.CLASS:  # it begins in the Frequent Access tier
        row = object_extras.change(ctx.tx, bucket.name, row, accessed=ctx.business.now)
    object_changes.tell(ctx, ctx.tx, bucket, row._replace(storage=storage), MOVED)
