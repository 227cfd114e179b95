"""DescribeImageReplicationStatus: what became of an image at each destination (API_DescribeImageReplicationStatus)."""

from __future__ import annotations

from clary.plane import Context
from clary.services.ecr import names
from clary.services.ecr.errors import no_image
from clary.services.ecr.images import ids
from clary.services.ecr.images.ids import Failure
from clary.services.ecr.names import Params, on_repository
from clary.services.ecr.replication import configuration
from clary.services.ecr.replication.configuration import Destination
from clary.services.ecr.service import ecr
from clary.store.api import Tx

COMPLETE, FAILED, IN_PROGRESS = "COMPLETE", "FAILED", "IN_PROGRESS"


def write(tx: Tx, repository: str, digest: str, to: Destination, status: str, failure: str = "") -> None:
    """Write down what became of an image at a destination."""
    tx.sql(
        "insert into ecr_replication (repository, digest, region, registry, status, failure) values (?, ?, ?, ?, ?, ?) "
        "on conflict (repository, digest, region, registry) do update set status = excluded.status, "
        "failure = excluded.failure",
        repository, digest, to.region, to.registry, status, failure,
    )  # fmt: skip


@ecr.operation(on=on_repository)
def describe_image_replication_status(ctx: Context, params: Params) -> Params:
    """Return the status at each destination. Raise ImageNotFoundException."""
    repository = names.load(ctx, params)
    image = ids.find(ctx.tx, repository.arn, params["imageId"])
    if isinstance(image, Failure):
        raise no_image(params["imageId"], repository.id, ctx.account)
    rows = ctx.tx.sql(
        "select region, registry, status, failure from ecr_replication where repository = ? and digest = ?",
        repository.arn, image.digest,
    )  # fmt: skip
    shown = [_shown(*row) for row in rows]
    if image.pushed >= configuration.since(ctx.tx, ctx.scope):
        known = {(region, registry) for region, registry, _, _ in rows}
        waiting = configuration.destinations(ctx.tx, ctx.scope, repository.id)
        shown += [
            _shown(*one, IN_PROGRESS) for to in waiting if (one := (to.region, to.registry)) not in known
        ]
    return {"repositoryName": repository.id, "imageId": params["imageId"], "replicationStatuses": shown}


def _shown(region: str, registry: str, status: str, failure: str = "") -> Params:
    return {"region": region, "registryId": registry, "status": status} | (
        {"failureCode": failure} if failure else {}
    )
