"""BatchGetImage: manifests by digest or tag (API_BatchGetImage, Amazon ECR API Reference).

No manifest is converted to another media type. AWS converts some, by tag alone ("Amazon ECR image manifest conversion",
https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-manifest-formats.html); here they are refused by name.
"""

from __future__ import annotations

from clary.kernel.errors import not_implemented
from clary.plane import Context
from clary.services.ecr import names
from clary.services.ecr.images import ids, rows
from clary.services.ecr.images.ids import Failure
from clary.services.ecr.images.manifests import DOCKER, OCI
from clary.services.ecr.images.put import shown
from clary.services.ecr.images.rows import Image
from clary.services.ecr.names import Params, on_repository
from clary.services.ecr.service import ecr

_CONVERTIBLE = {OCI, DOCKER}  # each into the other one
_DAY = 86_400.0  # "at least once every 24 hours": lastRecordedPullTime


@ecr.operation(on=on_repository, lane="read")
def batch_get_image(ctx: Context, params: Params) -> Params:
    """Return the images that are there, and why each of the others is not."""
    repository = names.load(ctx, params)
    images, failures = [], []
    for id in params["imageIds"]:
        found = ids.find(ctx.tx, repository.arn, id)
        if isinstance(found, Failure):
            failures.append(found.shown(id))
        elif not _is_accepted(found, params, id):
            failures.append(ids.NOT_FOUND.shown(id))
        else:
            _note_pull(ctx, found)
            tag = id.get("imageTag", "")
            images.append(shown(repository, found.digest, tag, found.manifest, found.media_type))
    return {"images": images, "failures": failures}


def _is_accepted(image: Image, params: Params, id: Params) -> bool:
    """Return whether the client takes an image as it is. Raise NotImplemented where AWS would convert its manifest."""
    accepted = params.get("acceptedMediaTypes") or [image.media_type]
    if image.media_type in accepted:
        return True
    if "imageDigest" not in id and image.media_type in _CONVERTIBLE and _CONVERTIBLE & set(accepted):
        raise not_implemented("ecr", f"BatchGetImage of {image.media_type} as {', '.join(accepted)}")
    return False


def _note_pull(ctx: Context, image: Image) -> None:
    """Write down that an image was pulled, once in a day."""
    if image.pulled is None or image.pulled < ctx.now - _DAY:
        ctx.begin_to_write()
        rows.pull(ctx.tx, image.repository, image.digest, ctx.now)
