"""What a change of an object asks to be replicated, written down in the transaction of the change.

Called for the buckets alone that have rules. Source: "What does Amazon S3 replicate?"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clary.services.s3 import bucket_features, object_extras
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.encryption import cipher as ciphers
from clary.services.s3.encryption.cipher import WITH_KMS
from clary.services.s3.lifecycle.rules import ARCHIVES
from clary.services.s3.object_rows import Row
from clary.services.s3.replication import statuses, tasks
from clary.services.s3.replication.rules import Rule, strongest
from clary.services.s3.replication.stored import in_force
from clary.store.api import Tx

if TYPE_CHECKING:
    from clary.plane import Context

TOPIC = "s3:replication"
_MADE = "ObjectCreated:"
_MARKED = "ObjectRemoved:DeleteMarkerCreated"
_CHANGED = ("ObjectTagging:Put", "ObjectTagging:Delete", "ObjectAcl:Put")


def note(ctx: Context, tx: Tx, bucket: Bucket, row: Row, event: str) -> None:
    """Write down what an event of an object, by S3's name, asks for. Deletions for good and what lifecycle rules do are not
    replicated."""
    if not bucket.has(bucket_features.REPLICATION):
        return
    if event.startswith(_MADE):
        ask(ctx, tx, bucket, row, _of_object(tx, bucket, row))
    elif event == _MARKED:
        ask(ctx, tx, bucket, row, _of_marker(tx, bucket, row))
    elif event in _CHANGED:
        changed(ctx, tx, bucket, row)


def changed(ctx: Context, tx: Tx, bucket: Bucket, row: Row) -> None:
    """Write down that tags, ACL or lock of a version were changed: of one that is replicated, or of a replica whose changes
    a rule carries back."""
    if not bucket.has(bucket_features.REPLICATION):
        return
    extra, found = object_extras.of(row), _rules_of_key(tx, bucket, row)
    if statuses.is_replica(extra):
        for rule in (rule for rule in found if rule.modifications):
            tasks.add(tx, bucket.name, row, rule.destination, rule.id, tasks.CHANGES, ctx.now)
            ctx.notify(TOPIC)
        return
    known = statuses.at(extra)
    ours = [rule for rule in found if known.get(rule.destination) in (statuses.COMPLETED, statuses.PENDING)]
    _write(ctx, tx, bucket, row, ours, tasks.CHANGES)


def rules_for(tx: Tx, bucket: Bucket, row: Row) -> list[Rule]:
    """Return the rules by which a version is replicated; none for one that is not eligible."""
    if not bucket.has(bucket_features.REPLICATION):
        return []
    return _of_marker(tx, bucket, row) if row.marker else _of_object(tx, bucket, row)


def ask(ctx: Context, tx: Tx, bucket: Bucket, row: Row, wanted: list[Rule]) -> None:
    """Write down that a version is to be replicated as a whole, by these rules. A replica stays one."""
    if not statuses.is_replica(object_extras.of(row)):
        _write(ctx, tx, bucket, row, wanted, tasks.WHOLE)
        return
    for rule in wanted:
        tasks.add(tx, bucket.name, row, rule.destination, rule.id, tasks.WHOLE, ctx.now)
        ctx.notify(TOPIC)


def _write(ctx: Context, tx: Tx, bucket: Bucket, row: Row, wanted: list[Rule], what: str) -> None:
    if not wanted:
        return
    status = statuses.at(object_extras.of(row)) | {rule.destination: statuses.PENDING for rule in wanted}
    object_extras.change(tx, bucket.name, row, **{statuses.MEMBER: status})
    for rule in wanted:
        tasks.add(tx, bucket.name, row, rule.destination, rule.id, what, ctx.now)
    ctx.notify(TOPIC)


def _of_object(tx: Tx, bucket: Bucket, row: Row) -> list[Rule]:
    if row.storage in ARCHIVES:
        return []
    with_kms = ciphers.read(row.cipher).kind in WITH_KMS
    return [rule for rule in _rules(tx, bucket, row) if rule.with_kms or not with_kms]


def _of_marker(tx: Tx, bucket: Bucket, row: Row) -> list[Rule]:
    return [rule for rule in _rules(tx, bucket, row) if rule.markers]


def _rules(tx: Tx, bucket: Bucket, row: Row) -> list[Rule]:
    found, tags = in_force(tx, bucket.name), row.tag_map
    return strongest(rule for rule in found.rules if rule.matches(row.key, tags)) if found else []


def _rules_of_key(tx: Tx, bucket: Bucket, row: Row) -> list[Rule]:
    """Return the rules for changes of what is replicated already: the tags by which a rule chose it may be gone."""
    found = in_force(tx, bucket.name)
    return strongest(rule for rule in found.rules if row.key.startswith(rule.prefix)) if found else []
