"""Carry out the lifecycle policy of a repository: at once when it is put, then once in a day of business time.

A turn deletes some images, each if it still is as it was read, and the next turn looks again, so that the images of an index
follow it. AWS lets images expire within 24 hours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from clary.kernel import Caller
from clary.plane import Record, Step, World
from clary.plane.context import Context
from clary.services.ecr.images import rows
from clary.services.ecr.images.delete import drop
from clary.services.ecr.lifecycle import candidates, documents
from clary.services.ecr.lifecycle.rules import DAY, Candidate, expiring
from clary.services.ecr.lifecycle.schedule import SCAN
from clary.services.ecr.names import REPOSITORY
from clary.services.ecr.service import ecr
from clary.store.api import Tx

_AT_ONCE = 100


@ecr.controller(SCAN)
def carry_out(record: Record, world: World) -> Step:
    """Delete the next images that the policy lets expire, or wait for the next day."""
    repository = world.get(REPOSITORY.kind, record.id)
    text = repository.private.get("lifecycle") if repository else None
    if repository is None or text is None:
        return Step(delete=True)
    with world.platform.store.read() as tx:
        images = candidates.of(tx, repository.arn, world.business.timeline)
    gone = [image for image, _ in expiring(documents.parse(text), images, world.business.now)]
    if not gone:
        tomorrow = (math.floor(world.business.now / DAY) + 1) * DAY
        return Step(private={"evaluated": world.now}, until=tomorrow)
    return Step(after=0.0, writes=(_deletion(world, repository, gone[:_AT_ONCE]),))


def _deletion(world: World, repository: Record, images: Sequence[Candidate]) -> Callable[[Tx], None]:
    """Return the write that deletes images, unless they were tagged or named by an index meanwhile."""

    def write(tx: Tx) -> None:
        ctx = _context(world, tx, repository)
        for image in images:
            tags = tuple(rows.tags(tx, repository.arn, image.digest))
            if tags == image.tags and not rows.indexes_of(tx, repository.arn, image.digest):
                for one in rows.referrers(tx, repository.arn, image.digest, "", _AT_ONCE):
                    drop(ctx, repository, one.digest)
                drop(ctx, repository, image.digest)

    return write


def _context(world: World, tx: Tx, repository: Record) -> Context:
    """Return the context of what ECR does by itself."""
    caller = Caller.of_service(ecr.principal, world.account, repository.arn)
    operation = ecr.model.operations["BatchDeleteImage"]
    return Context(
        world.platform,
        caller,
        world.account,
        world.region,
        world.now,
        operation,
        world.ids.uuid(),
        tx=tx,
        inside=True,
    )
