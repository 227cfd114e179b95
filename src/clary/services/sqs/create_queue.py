"""CreateQueue (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html)."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping

from clary.kernel import AwsError
from clary.plane import Also, Context, Members, Record
from clary.services.sqs import attributes, tags
from clary.services.sqs.errors import bad_attribute, unknown_attribute
from clary.services.sqs.names import QUEUE, Params, check_name, url_of
from clary.services.sqs.redrive import check_redrive, parent_of
from clary.services.sqs.service import sqs

_SECONDS_UNTIL_AGAIN = 60


def _target(ctx: Context, params: Params) -> list[str]:
    return [ctx.arn(params["QueueName"])]


@sqs.operation(on=_target, accepts=Members("QueueName Attributes tags"), also=(Also("sqs:TagQueue", "tags"),))
def create_queue(ctx: Context, params: Params) -> Params:
    """Create a queue, or return the one that has this name and these attributes. Raise QueueNameExists for other
    attributes, QueueDeletedRecently within a minute after its deletion."""
    given = dict(params.get("Attributes") or {})
    fifo = _is_fifo(given)
    check_name(params["QueueName"], fifo)
    attributes.check(given, fifo)
    labels = tags.checked(params.get("tags") or {})
    old = ctx.tx.get(QUEUE.kind, ctx.scope, params["QueueName"])
    if old is not None:
        _check_same(old, given)
        return {"QueueUrl": url_of(ctx, old)}
    record = _new(ctx, params["QueueName"], attributes.merged({}, given))
    check_redrive(ctx.tx, record, given)
    ctx.tx.insert(record)
    if labels:
        ctx.tx.tag(record.arn, labels)
    return {"QueueUrl": url_of(ctx, record)}


def _is_fifo(given: Mapping[str, str]) -> bool:
    wanted = given.get("FifoQueue")
    if wanted == "false":
        raise unknown_attribute("FifoQueue")
    if wanted not in (None, "true"):
        raise bad_attribute("FifoQueue")
    return wanted == "true"


def _check_same(old: Record, given: Mapping[str, str]) -> None:
    """Raise QueueNameExists (recorded: test_create_queue_with_different_attributes_raises_exception)."""
    for name, value in given.items():
        if attributes.value_of(old.spec, name) != value:
            said = f"A queue already exists with the same name and a different value for attribute {name}"
            raise AwsError("QueueNameExists", said)


def _new(ctx: Context, name: str, spec: Mapping[str, str]) -> Record:
    rows = ctx.tx.sql(
        "select 1 from sqs_deleted_queue where scope = ? and name = ? and deleted > ?",
        ctx.scope,
        name,
        ctx.business.now - _SECONDS_UNTIL_AGAIN,
    )
    if rows:
        said = "You must wait 60 seconds after deleting a queue before you can create another with the same name."
        raise AwsError("QueueDeletedRecently", said)
    private = {"queue": _new_id()}
    doc = {"spec": dict(spec), "status": {"LastModified": ctx.now}, "private": private}
    arn = ctx.arn(name)
    return Record(
        QUEUE.kind,
        ctx.scope,
        name,
        arn,
        "Active",
        doc,
        created=ctx.now,
        modified=ctx.now,
        parent=parent_of(spec),
    )


def _new_id() -> str:
    """Return a short name that no queue had: it stands in every row and index of the records."""
    return "q" + base64.b32encode(os.urandom(5)).decode().lower()
