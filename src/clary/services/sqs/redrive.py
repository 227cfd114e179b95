"""Which queues are dead-letter queues of which others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clary.plane import Query, Record
from clary.services.sqs import redrive_policies
from clary.services.sqs.errors import invalid_value
from clary.services.sqs.names import QUEUE, find, is_fifo, place_of_arn
from clary.store.api import Tx

_PAGE = 1000


def check_redrive(tx: Tx, queue: Record, given: Mapping[str, str]) -> None:
    """Raise InvalidParameterValue unless the dead-letter queue of a RedrivePolicy can be this queue's."""
    text = given.get("RedrivePolicy")
    if not text:
        return
    place = place_of_arn(redrive_policies.parse(text).target)
    if place is None or place.scope != queue.scope:
        reason = "Dead-letter queue must be in the same account and region as the source."
        raise invalid_value("RedrivePolicy", text, reason)
    dead = queue if place.name == queue.id else find(tx, place)
    if dead is None:
        raise invalid_value("RedrivePolicy", text, "Dead letter target does not exist.")
    if is_fifo(dead.id) != is_fifo(queue.id):
        reason = "Dead-letter queue must be same type of queue as the source."
        raise invalid_value("RedrivePolicy", text, reason)
    if not redrive_policies.allows(dead.spec.get("RedriveAllowPolicy", ""), queue.arn):
        reason = "Queue does not have permission to use this queue as its dead-letter queue."
        raise invalid_value("RedrivePolicy", text, reason)


def sources_of(tx: Tx, dead: Record) -> list[Record]:
    """Return the queues whose dead letters go to this one, by name."""
    found: list[Record] = []
    while page := tx.list(QUEUE.kind, dead.scope, _sources(dead, found[-1].id if found else "")):
        found += page
    return found


def _sources(dead: Record, after: str) -> Query:
    return Query(where=[("parent", "=", dead.arn)], order="id", after=(after, after), limit=_PAGE)


def parent_of(spec: Mapping[str, str | None]) -> str:
    """Return the ARN of the dead-letter queue, as the parent of a queue's record: by that its sources are found."""
    text = spec.get("RedrivePolicy")
    return redrive_policies.parse(text).target if text else ""


def every(tx: Tx, scope: str, after: str = "", prefix: str = "") -> Iterator[Record]:
    """Yield the queues of an account and region by name, those after a name that begin like this."""
    where = [("id", ">=", prefix), ("id", "<", prefix + "\x7f")] if prefix else []
    while page := tx.list(QUEUE.kind, scope, Query(where, order="id", after=(after, after), limit=_PAGE)):
        yield from page
        after = page[-1].id
