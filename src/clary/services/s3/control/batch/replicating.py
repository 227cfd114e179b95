"""S3ReplicateObject: replicate a version that is there already, by the rules of its bucket, as its role.

Source: "Replicating existing objects with Batch Replication"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-batch.html). The job's role needs s3:InitiateReplication.
"""

from __future__ import annotations

from clary.kernel import AwsError
from clary.services.s3 import errors as s3_errors
from clary.services.s3 import object_rows
from clary.services.s3.bucket_rows import Bucket, find_bucket
from clary.services.s3.control.batch import acting
from clary.services.s3.control.batch.doing import Doing, Refused
from clary.services.s3.object_rows import Row
from clary.services.s3.replication import outbox, tasks
from clary.services.s3.replication.replicate import replicate
from clary.services.s3.replication.tasks import Task
from clary.services.s3.service import arn_of
from clary.store.api import Tx

_DONE = "success"


async def replicate_object(doing: Doing) -> str:
    """Write down what is to be replicated, and do it. Raise what AWS reports."""
    wanted = await doing.platform.store.run(lambda tx: _ask(doing, tx), write=True)
    for task in wanted:
        error = await replicate(doing.platform, task)
        if error is not None:
            raise Refused(error)
    return _DONE


def _ask(doing: Doing, tx: Tx) -> list[Task]:
    ctx = acting.of(doing.platform, doing.job, doing.who, "PutObject", tx)
    bucket = find_bucket(tx, doing.task.bucket)
    if bucket is None:
        raise s3_errors.no_such_bucket(doing.task.bucket)
    try:
        acting.require(ctx, "s3:InitiateReplication", arn_of(ctx, bucket.name, doing.key), doing.named)
    except AwsError as refusal:
        raise AwsError("InitiateReplicationNotPermitted", refusal.message, refusal.status) from None
    row = _version(doing, tx, bucket)
    rules = outbox.rules_for(tx, bucket, row)
    if not rules:
        raise Refused(AwsError("SrcObjectNotEligible", "Object is not eligible for replication", 500))
    outbox.ask(ctx, tx, bucket, row, rules)
    return [
        Task(bucket.name, row.key, row.seq, rule.destination, rule.id, tasks.WHOLE, ctx.now, ctx.now)
        for rule in rules
    ]


def _version(doing: Doing, tx: Tx, bucket: Bucket) -> Row:
    """Return the version that the manifest names, which may be a delete marker, or the current one."""
    ctx, version = acting.of(doing.platform, doing.job, doing.who, "PutObject", tx), doing.task.version
    if version is None:
        row = object_rows.current(tx, bucket.name, doing.key)
    else:
        row = object_rows.version(ctx, tx, bucket.name, doing.key, version)
    if row is None:
        raise s3_errors.no_such_version(doing.key, version) if version else s3_errors.no_such_key(doing.key)
    return row
