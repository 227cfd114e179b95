"""Replicate one version: read what is to be done, encrypt the bytes again where it takes that, write the replica.

    plan (reads) -> bytes, if the replica's are encrypted otherwise -> one transaction: replica, status of the source, task

Killed at any moment, nothing of it happened, and the task is taken up again.
"""

from __future__ import annotations

from typing import NamedTuple

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.port import Plane
from clary.services.s3 import errors, object_changes, object_extras, object_rows
from clary.services.s3.bucket_rows import Bucket, find_bucket
from clary.services.s3.encryption.wanted import Wanted
from clary.services.s3.object_rows import Row
from clary.services.s3.replication import contents, permission, replicas, statuses, tasks
from clary.services.s3.replication.contents import Content
from clary.services.s3.replication.rules import Rule
from clary.services.s3.replication.stored import in_force
from clary.services.s3.replication.tasks import Task
from clary.store.api import Tx

FAILED = "Replication:OperationFailedReplication"
LATE_AND_DONE = "Replication:OperationReplicatedAfterThreshold"
_CREATED, _MARKED = "ObjectCreated:Put", "ObjectRemoved:DeleteMarkerCreated"


class Plan(NamedTuple):
    """What a task comes to. `how` is None where the replica shares the bytes of its source."""

    ctx: Context
    source: Bucket
    row: Row
    target: Bucket
    rule: Rule
    how: Wanted | None


async def replicate(platform: Plane, task: Task) -> AwsError | None:
    """Carry out a task, and return why it failed for good: what the role may not do. Raise what may be different later."""
    try:
        plan = await platform.store.run(lambda tx: _plan(platform, tx, task), write=False)
        if plan is not None:
            await _carry_out(plan, task)
    except AwsError as error:
        if not contents.is_final(error):
            raise
        await platform.store.run(lambda tx: _fail(platform, tx, task), write=True)
        return error
    if plan is None:
        await platform.store.run(lambda tx: tasks.remove(tx, task), write=True)
    return None


def _plan(platform: Plane, tx: Tx, task: Task) -> Plan | None:
    """Return what is to be done, or None where the version is gone. Raise AccessDenied where it must not be done."""
    source, row = _subject(tx, task)
    if source is None or row is None:
        return None
    role, rule = _rule(tx, task)
    target = _target(tx, rule)
    ctx = permission.context(platform, tx, source, role)
    permission.require(ctx, source, row, target, rule, task.what)
    how = contents.wanted(ctx, tx, row, target, rule) if task.what == tasks.WHOLE else None
    ctx.tx = None  # type: ignore[assignment]
    return Plan(ctx, source, row, target, rule, how)


def _subject(tx: Tx, task: Task) -> tuple[Bucket | None, Row | None]:
    source = find_bucket(tx, task.bucket)
    return source, object_rows.by_seq(tx, task.bucket, task.key, task.seq)


def _rule(tx: Tx, task: Task) -> tuple[str, Rule]:
    """Return the role and the rule. Raise AccessDenied for a rule that is not in force any more."""
    found = in_force(tx, task.bucket)
    for rule in found.rules if found else ():
        if (rule.id, rule.destination) == (task.rule, task.destination):
            return found.role, rule  # type: ignore[union-attr]
    raise errors.access_denied("The replication rule is not in force.")


def _target(tx: Tx, rule: Rule) -> Bucket:
    """Return the bucket for the replica. Raise an error for one that is gone, is not versioned or is not that account's."""
    target = find_bucket(tx, rule.destination)
    if target is None:
        raise errors.no_such_bucket(rule.destination)
    if target.versioning != "Enabled" or (rule.account and rule.account != target.owner):
        raise errors.access_denied()
    return target


async def _carry_out(plan: Plan, task: Task) -> None:
    platform = plan.ctx.platform
    made = None
    if plan.how is not None:
        made = await contents.encrypted(plan.ctx, plan.source, plan.row, plan.target, plan.how)
    used = False
    try:
        used = await platform.store.run(lambda tx: _commit(plan, tx, task, made), write=True)
    except AwsError:
        await _drop(platform, made)
        raise
    if not used:
        await _drop(platform, made)


async def _drop(platform: Plane, made: Content | None) -> None:
    if made is not None and made.blob:
        await platform.objects.delete(made.blob)


def _commit(plan: Plan, tx: Tx, task: Task, made: Content | None) -> bool:
    """Write the replica, or what changed of it, and that it is done. Return whether new bytes are used. What was planned is
    looked at again: the version may have changed meanwhile, or be gone."""
    now = tasks.current(tx, task)
    source, row = _subject(tx, task)
    if now is None or source is None or row is None:
        tasks.remove(tx, task)
        return False
    target = _target(tx, plan.rule)
    replica = replicas.find(tx, target, row)
    if replica is not None:
        replicas.carry(plan.ctx, tx, source, row, target, plan.rule, replica)
    elif task.what == tasks.WHOLE:
        _write(plan, tx, source, row, target, made)
    elif not statuses.is_replica(object_extras.of(row)):
        raise errors.no_such_version(row.key, row.version)
    event = LATE_AND_DONE if now.late and plan.rule.timed else ""
    _settle(plan.ctx, tx, source, row, now, statuses.COMPLETED, event)
    return replica is None and task.what == tasks.WHOLE


def _write(plan: Plan, tx: Tx, source: Bucket, row: Row, target: Bucket, made: Content | None) -> None:
    extra = object_extras.text_of(replicas.extra_of(plan.ctx, tx, source, row, target, plan.rule))
    storage = "" if row.marker else plan.rule.storage or row.storage
    replica = row._replace(extra=extra, storage=storage)
    if made is not None:
        replica = replica._replace(etag=made.etag, blob=made.blob, body=made.body, cipher=made.cipher)
    replica = replicas.write(plan.ctx, tx, target, replica)
    event, operation = (_MARKED, "DeleteObject") if row.marker else (_CREATED, "PutObject")
    object_changes.publish(permission.writing(plan.ctx, operation), tx, target, replica, event)


def _settle(ctx: Context, tx: Tx, source: Bucket, row: Row, task: Task, status: str, event: str) -> None:
    """Write down what became of a task, and forget it."""
    at = statuses.at(object_extras.of(row))
    if task.destination in at:
        row = object_extras.change(tx, source.name, row, **{statuses.MEMBER: at | {task.destination: status}})
    tasks.remove(tx, task)
    if event:
        object_changes.publish(ctx, tx, source, row, event)


def _fail(platform: Plane, tx: Tx, task: Task) -> None:
    source, row = _subject(tx, task)
    known = tasks.current(tx, task)
    if source is None or row is None or known is None:
        tasks.remove(tx, task)
        return
    _settle(
        permission.by_itself(platform, tx, source), tx, source, row, known, statuses.FAILED, _told(tx, task)
    )


def _told(tx: Tx, task: Task) -> str:
    """Return the event of a failure, where the rule has metrics: "enable S3 Replication metrics … to receive failure events"."""
    found = in_force(tx, task.bucket)
    watched = found is not None and any(rule.watched for rule in found.rules if rule.id == task.rule)
    return FAILED if watched else ""
