"""DeleteRepository (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepository.html)."""

from __future__ import annotations

from clary.plane import Context, Members
from clary.services.ecr import names
from clary.services.ecr.errors import repository_not_empty
from clary.services.ecr.images import rows as images
from clary.services.ecr.layers import rows as layers
from clary.services.ecr.layers import upload_rows as uploads
from clary.services.ecr.lifecycle import preview_rows as previews
from clary.services.ecr.lifecycle import schedule
from clary.services.ecr.names import Params, on_repository
from clary.services.ecr.repositories import encryption
from clary.services.ecr.repositories.shown import shown
from clary.services.ecr.service import ecr


@ecr.operation(on=on_repository, accepts=Members("registryId repositoryName force"))
def delete_repository(ctx: Context, params: Params) -> Params:
    """Delete a repository and, if the request says so, its images. Raise RepositoryNotEmptyException."""
    record = names.load(ctx, params)
    if not params.get("force") and images.count(ctx.tx, record.arn):
        raise repository_not_empty(record.id, ctx.account)
    images.drop_all(ctx.tx, record.arn)
    layers.drop_all(ctx.tx, record.arn, ctx.now)
    uploads.drop_all(ctx.tx, record.arn, ctx.now)
    schedule.end(ctx.tx, record)
    previews.drop(ctx.tx, record.arn)
    encryption.retire(ctx, record)
    ctx.tx.delete(record)
    return {"repository": shown(record)}
