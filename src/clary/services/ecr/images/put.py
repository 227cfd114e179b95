"""PutImage: a manifest becomes an image, a tag leads to it (API_PutImage, Amazon ECR API Reference).

What a manifest names must be there, at this moment and by the same transaction: layers in the repository, the images of an
index in it as well. A subject may come later, as the OCI distribution specification has it.
"""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Context, Members, Record
from clary.services.ecr import names
from clary.services.ecr.errors import invalid, no_images, no_layers
from clary.services.ecr.images import manifests, pushes, rows
from clary.services.ecr.images.ids import is_tag
from clary.services.ecr.images.manifests import Manifest
from clary.services.ecr.layers import rows as layers
from clary.services.ecr.names import Params, on_repository
from clary.services.ecr.repositories import mutability
from clary.services.ecr.service import ecr

_ACCEPTS = Members("registryId repositoryName imageManifest imageManifestMediaType imageTag imageDigest")


@ecr.operation(on=on_repository, accepts=_ACCEPTS)
def put_image(ctx: Context, params: Params) -> Params:
    """Add an image, and let the tag lead to it. Raise ImageAlreadyExistsException where that changes nothing."""
    repository = names.load(ctx, params)
    manifest = manifests.parse(params["imageManifest"], params.get("imageManifestMediaType", ""))
    if params.get("imageDigest", manifest.digest) != manifest.digest:
        message = f"The digest of the manifest is {manifest.digest} and not {params['imageDigest']}"
        raise AwsError("ImageDigestDoesNotMatchException", message)
    tag = params.get("imageTag", "")
    _check_tag(ctx, repository, tag)
    _check_new(ctx, repository, manifest, tag)
    add(ctx, repository, manifest, tag)
    pushes.tell(ctx, repository, manifest.digest, tag)
    return {"image": shown(repository, manifest.digest, tag, manifest.text, manifest.media_type)}


def add(ctx: Context, repository: Record, manifest: Manifest, tag: str) -> None:
    """Write an image and its tag. Raise LayersNotFoundException, ReferencedImagesNotFoundException."""
    if rows.find(ctx.tx, repository.arn, manifest.digest) is None:
        _check_named(ctx, repository, manifest)
        rows.insert(ctx.tx, repository.arn, manifest, ctx.now)
        for layer in manifest.layers:
            layers.call(ctx.tx, repository.arn, layer.digest, layer.media_type)
    if tag:
        rows.put_tag(ctx.tx, repository.arn, tag, manifest.digest)


def _check_tag(ctx: Context, repository: Record, tag: str) -> None:
    if not tag:
        return
    if not is_tag(tag):
        raise invalid("ImageTag", "Tags have up to 128 of letters, digits, underscores, periods and hyphens")
    if rows.tagged(ctx.tx, repository.arn, tag) and mutability.is_fixed(repository, tag):
        message = (
            f"The image tag '{tag}' already exists in the '{repository.id}' repository and cannot be overwritten "
            "because the tag is immutable."
        )
        raise AwsError("ImageTagAlreadyExistsException", message)


def _check_new(ctx: Context, repository: Record, manifest: Manifest, tag: str) -> None:
    if rows.find(ctx.tx, repository.arn, manifest.digest) is None:
        return
    if not tag or rows.tagged(ctx.tx, repository.arn, tag) == manifest.digest:
        said = f"digest '{manifest.digest}'" + (f" and tag '{tag}'" if tag else "")
        message = (
            f"Image with {said} already exists in the repository with name '{repository.id}' in registry with id "
            f"'{ctx.account}'"
        )
        raise AwsError("ImageAlreadyExistsException", message)


def _check_named(ctx: Context, repository: Record, manifest: Manifest) -> None:
    """Raise where a layer or an image that the manifest names is not there, or has another size."""
    missing = []
    for layer in manifest.layers:
        found = layers.find(ctx.tx, repository.arn, layer.digest)
        if found is None:
            missing.append(layer.digest)
        elif found.size != layer.size:
            raise invalid("ImageManifest", f"The size of {layer.digest} is {found.size} and not {layer.size}")
    if missing:
        raise no_layers(missing, repository.id, ctx.account)
    absent = [one.digest for one in manifest.images if rows.find(ctx.tx, repository.arn, one.digest) is None]
    if absent:
        raise no_images(absent, repository.id, ctx.account)


def shown(repository: Record, digest: str, tag: str, text: str, media_type: str) -> Params:
    """Return an image with its manifest, as PutImage and BatchGetImage show it."""
    id = {"imageDigest": digest} | ({"imageTag": tag} if tag else {})
    return {
        **names.about(repository),
        "imageId": id,
        "imageManifest": text,
        "imageManifestMediaType": media_type,
    }
