"""BatchDeleteImage: by digest an image with all of its tags, by tag the tag, and the image with its last one.

Source: API_BatchDeleteImage (Amazon ECR API Reference).
"""

from __future__ import annotations

from clary.plane import Context, Members, Record
from clary.services.ecr import names
from clary.services.ecr.images import ids, pushes, rows
from clary.services.ecr.images.ids import Failure, Id
from clary.services.ecr.names import Params, on_repository
from clary.services.ecr.service import ecr


@ecr.operation(on=on_repository, accepts=Members("registryId repositoryName imageIds"))
def batch_delete_image(ctx: Context, params: Params) -> Params:
    """Delete images and tags; say why each of the others stays."""
    repository = names.load(ctx, params)
    gone, failures = [], []
    for id in params["imageIds"]:
        done = _delete(ctx, repository, id)
        if isinstance(done, Failure):
            failures.append(done.shown(id))
        else:
            gone += done
    return {"imageIds": gone, "failures": failures}


def _delete(ctx: Context, repository: Record, id: Id) -> list[Params] | Failure:
    """Return the ids of what is gone."""
    found = ids.find(ctx.tx, repository.arn, id)
    if isinstance(found, Failure):
        return found
    tags, tag = rows.tags(ctx.tx, repository.arn, found.digest), id.get("imageTag", "")
    if tag and "imageDigest" not in id and len(tags) > 1:
        rows.drop_tag(ctx.tx, repository.arn, tag)
        pushes.tell(ctx, repository, found.digest, tag, pushes.DELETED)
        return [{"imageDigest": found.digest, "imageTag": tag}]
    if lists := rows.indexes_of(ctx.tx, repository.arn, found.digest):
        reason = f"Requested image referenced by manifest list: [{', '.join(lists)}]"
        return Failure("ImageReferencedByManifestList", reason)
    drop(ctx, repository, found.digest)
    return [{"imageDigest": found.digest, "imageTag": one} for one in tags] or [{"imageDigest": found.digest}]


def drop(ctx: Context, repository: Record, digest: str) -> None:
    """Delete an image and its tags. Its layers stay until the sweep finds that no other image names them."""
    rows.drop(ctx.tx, repository.arn, digest)
    pushes.tell(ctx, repository, digest, "", pushes.DELETED)
