"""Create, Describe, List, Stop, Delete of a declared resource, derived from the model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from clary.kernel.errors import validation
from clary.plane.paging import page
from clary.plane.resource import Doc, Resource
from clary.store.api import Exists, Record

if TYPE_CHECKING:
    from clary.plane.context import Context
    from clary.plane.service import Handler, Service


def derive(service: Service, resource: Resource) -> Iterator[tuple[str, Handler, str]]:
    """The operations of the model that are this noun's, each with what answers it and the ARN it is about."""
    verbs = {
        f"Create{resource.name}": creator,
        f"Describe{resource.name}": describer,
        f"Stop{resource.name}": stopper,
        f"Delete{resource.name}": deleter,
    }
    for operation, make in verbs.items():
        if operation in service.model.operations:
            yield operation, make(resource), resource.arn
    listing = f"List{resource.name}s"
    if listing in service.model.operations:
        yield listing, lister(resource), "*"


def create(resource: Resource, ctx: Context, params: Doc) -> Record:
    """Insert the record, or answer as AWS does when the name is taken or the token was seen before."""
    resource.allow(ctx, params)
    id = params[resource.key_member]
    arn = resource.arn_of(ctx, id)
    doc = {k: v for k, v in params.items() if k not in (resource.key_member, "Tags")}
    record = Record(
        kind=resource.name,
        scope=ctx.scope,
        id=id,
        arn=arn,
        status=resource.states.start if resource.states else "",
        doc=doc | resource.stamp(ctx, params),
        created=ctx.now,
        modified=ctx.now,
        due=ctx.now if resource.states else None,
    )
    try:
        record = ctx.tx.insert(record)
    except Exists:
        raise resource.errors.exists(arn, id) from None
    if params.get("Tags"):
        ctx.tx.tag(arn, {tag["Key"]: tag["Value"] for tag in params["Tags"]})
    ctx.wake()
    return record


def creator(resource: Resource) -> Handler:
    def handler(ctx: Context, params: Doc) -> Doc:
        return resource.describe(create(resource, ctx, params))

    return handler


def describer(resource: Resource) -> Handler:
    def handler(ctx: Context, params: Doc) -> Doc:
        return resource.describe(resource.load(ctx, params))

    return handler


def stopper(resource: Resource) -> Handler:
    def handler(ctx: Context, params: Doc) -> Doc:
        return stop(resource, ctx, params)

    return handler


def stop(resource: Resource, ctx: Context, params: Doc) -> Doc:
    """Ask for the end of a running record; its controller does the rest."""
    states = resource.states
    assert states is not None and states.stop is not None, f"{resource.name} cannot be stopped"
    record = resource.load(ctx, params)
    if record.status in states.final:
        raise validation(
            f"The request was rejected because the {_words(resource.name)} is in status {record.status}."
        )
    ctx.tx.update(record.evolve(status=states.stop, modified=ctx.now, due=ctx.now))
    ctx.wake()
    return {}


def deleter(resource: Resource) -> Handler:
    def handler(ctx: Context, params: Doc) -> Doc:
        ctx.tx.delete(resource.load(ctx, params))
        return {}

    return handler


def lister(resource: Resource) -> Handler:
    def handler(ctx: Context, params: Doc) -> Doc:
        return page(resource, ctx, params)

    return handler


def _words(name: str) -> str:
    """`TrainingJob` -> `training job`."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()


__all__ = ["create", "derive", "stop"]
