"""Queues are found, listed and deleted; ListDeadLetterSourceQueues."""

from __future__ import annotations

from itertools import islice

from clary.plane import Context, Members, Record
from clary.plane.paging import read_token, sign_token
from clary.services.sqs.errors import invalid_value, no_queue
from clary.services.sqs.names import Params, Place, find, load, target, url_of
from clary.services.sqs.redrive import every, sources_of
from clary.services.sqs.service import sqs

_PAGE = 1000


def _named(ctx: Context, params: Params) -> Place:
    owner = params.get("QueueOwnerAWSAccountId") or ctx.caller.account
    return Place(owner, ctx.region, params["QueueName"])


def _named_target(ctx: Context, params: Params) -> list[str]:
    return [_named(ctx, params).arn(ctx.partition)]


@sqs.operation(on=_named_target)
def get_queue_url(ctx: Context, params: Params) -> Params:
    """Return the URL of a queue. Raise QueueDoesNotExist."""
    record = find(ctx.tx, _named(ctx, params))
    if record is None:
        raise no_queue()
    return {"QueueUrl": url_of(ctx, record)}


@sqs.operation(lane="heavy_read")
def list_queues(ctx: Context, params: Params) -> Params:
    """Return URLs of queues by name; a token for more only where MaxResults is given ("you must set MaxResults")."""
    most = _most(params)
    after = read_token(ctx, params["NextToken"])[0] if params.get("NextToken") else ""
    found = _after(ctx, params.get("QueueNamePrefix", ""), after, most + 1)
    return _page(ctx, params, found, most, "QueueUrls")


def _after(ctx: Context, prefix: str, after: str, most: int) -> list[Record]:
    return list(islice(every(ctx.tx, ctx.scope, after, prefix), most))


def _most(params: Params) -> int:
    """Return how many results a page has. Raise InvalidParameterValue."""
    most = params.get("MaxResults", _PAGE)
    if not 1 <= most <= _PAGE:
        raise invalid_value("MaxResults", most, "MaxResults must be an integer between 1 and 1000.")
    return most


def _page(ctx: Context, params: Params, found: list[Record], most: int, member: str) -> Params:
    urls = [url_of(ctx, record) for record in found[:most]]
    shown: Params = {member: urls} if urls else {}
    if len(found) > most and "MaxResults" in params:
        shown["NextToken"] = sign_token(ctx, [found[most - 1].id])
    return shown


@sqs.operation(on=target, lane="heavy_read")
def list_dead_letter_source_queues(ctx: Context, params: Params) -> Params:
    """Return URLs of the queues whose dead letters this queue takes."""
    most = _most(params)
    after = read_token(ctx, params["NextToken"])[0] if params.get("NextToken") else ""
    found = [one for one in sources_of(ctx.tx, load(ctx, params)) if one.id > after]
    return {"queueUrls": [], **_page(ctx, params, found, most, "queueUrls")}


@sqs.operation(on=target, accepts=Members("QueueUrl"))
def delete_queue(ctx: Context, params: Params) -> Params:
    """Delete a queue. Its messages are deleted afterwards (sweep.py), by what is noted in the same transaction."""
    record = load(ctx, params)
    ctx.tx.untag(record.arn, list(ctx.tx.tags(record.arn)))
    ctx.tx.delete(record)
    ctx.tx.sql(
        "insert into sqs_deleted_queue (queue, scope, name, deleted) values (?, ?, ?, ?)",
        record.private["queue"],
        record.scope,
        record.id,
        ctx.business.now,
    )
    ctx.notify(f"sqs:{record.private['queue']}")
    return {}
