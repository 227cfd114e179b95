"""Create, Describe, List, Stop, Delete of a declared resource, derived from the model."""

from __future__ import annotations

from collections.abc import Container, Iterator

from clary.kernel.errors import validation
from clary.plane.action import Handler
from clary.plane.context import Context
from clary.plane.paging import page
from clary.plane.resource import Doc, Resource


def derive(operations: Container[str], resource: Resource) -> Iterator[tuple[str, Handler, str]]:
    """The operations of a model that are this noun's, each with what answers it and the ARN it is about."""
    verbs = {
        f"Create{resource.name}": creator,
        f"Describe{resource.name}": describer,
        f"Stop{resource.name}": stopper,
        f"Delete{resource.name}": deleter,
    }
    for operation, make in verbs.items():
        if operation in operations:
            yield operation, make(resource), resource.arn
    listing = f"List{resource.name}s"
    if listing in operations:
        yield listing, lister(resource), "*"


def creator(resource: Resource) -> Handler:
    def handler(ctx: Context, params: Doc) -> Doc:
        return resource.describe(resource.create(ctx, params))

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
    if states is None or states.stop is None:
        raise TypeError(f"{resource.name} cannot be stopped")
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


__all__ = ["derive", "stop"]
