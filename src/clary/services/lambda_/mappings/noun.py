"""The event source mapping as a record. What polls its queue is in poller.py; its states are settled by the controller here."""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import not_implemented
from clary.plane import Context, Noun, Record, Step, World
from clary.services.lambda_.errors import ERRORS, not_found
from clary.services.lambda_.service import lambda_

Params = dict[str, Any]
mapping = lambda_.declare(Noun("EventSourceMapping", arn="event-source-mapping:{UUID}", errors=ERRORS))
KIND = mapping.kind
_SETTLED = {"Creating": "Enabled", "Enabling": "Enabled", "Updating": "Enabled", "Disabling": "Disabled"}


def arn_of(ctx: Context, params: Params) -> list[str]:
    """Return the ARN of the mapping that a request names."""
    return [ctx.arn(f"event-source-mapping:{params['UUID']}")]


def load(ctx: Context, uuid: str) -> Record:
    """Return a mapping. Raise ResourceNotFound."""
    record = ctx.tx.get(KIND, ctx.scope, uuid)
    if record is None:
        raise not_found("The resource you requested does not exist.")
    return record


def shown(record: Record) -> Params:
    """Return a mapping as the API shows it."""
    return {
        "UUID": record.id,
        **record.spec,
        "EventSourceMappingArn": record.arn,
        "State": record.status,
        "StateTransitionReason": "USER_INITIATED",
        "LastModified": record.modified,
    }


def refuse_source(operation: str, arn: str) -> None:
    """Raise NotImplemented for a source that is no queue of SQS."""
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    if service != "sqs":
        raise not_implemented("lambda", f"{operation} with a source of {service or 'Kafka'}")


@lambda_.controller(mapping)
def settle(record: Record, world: World) -> Step:
    """Bring a mapping into the state that was asked for."""
    if record.status == "Deleting":
        return Step(delete=True)
    wanted = _SETTLED.get(record.status)
    if wanted == "Enabled" and not record.private.get("enabled", True):
        wanted = "Disabled"
    return Step(wanted) if wanted else Step()
