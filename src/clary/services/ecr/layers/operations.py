"""InitiateLayerUpload, UploadLayerPart and CompleteLayerUpload: an upload over ECR's API.

Sources: API_InitiateLayerUpload, API_UploadLayerPart, API_CompleteLayerUpload (Amazon ECR API Reference).
"""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.services.ecr.errors import invalid
from clary.services.ecr.layers import completing, digests, upload_rows, uploads
from clary.services.ecr.layers.upload_rows import Upload
from clary.services.ecr.names import Params, on_repository
from clary.services.ecr.service import ecr

PART_SIZE = 10 << 20  # that clients are asked to send
_SMALLEST = 5 << 20  # "each layer part must be at least 5 MiB in size, unless it's the last layer part"


@ecr.operation(on=on_repository, accepts=Members("registryId repositoryName"))
def initiate_layer_upload(ctx: Context, params: Params) -> Params:
    """Begin an upload."""
    return {"uploadId": uploads.begin(ctx, ctx.tx, params["repositoryName"]), "partSize": PART_SIZE}


@ecr.operation(
    on=on_repository,
    accepts=Members("registryId repositoryName uploadId partFirstByte partLastByte layerPartBlob"),
)
async def upload_layer_part(ctx: Context, params: Params) -> Params:
    """Add the next part to an upload. Raise InvalidLayerPartException for one that does not follow the last."""
    name, id, first, last = (
        params[member] for member in ("repositoryName", "uploadId", "partFirstByte", "partLastByte")
    )
    blob = params["layerPartBlob"]
    upload = await uploads.find(ctx, name, id)
    if first != upload.size or last - first + 1 != len(blob):
        raise _out_of_order(ctx, name, upload)
    upload = await uploads.append(ctx, name, upload, blob)
    return {**_about(ctx, name, id), "lastByteReceived": upload.size - 1}


def _out_of_order(ctx: Context, name: str, upload: Upload) -> AwsError:
    members = {**_about(ctx, name, upload.id), "lastValidByteReceived": max(0, upload.size - 1)}
    message = f"The part does not follow the last one of the upload with id '{upload.id}', or has another size than said"
    return AwsError("InvalidLayerPartException", message, members=members)


@ecr.operation(on=on_repository, accepts=Members("registryId repositoryName uploadId layerDigests"))
async def complete_layer_upload(ctx: Context, params: Params) -> Params:
    """Make a layer of an upload. Raise EmptyUploadException, LayerPartTooSmallException, LayerAlreadyExistsException."""
    name, id = params["repositoryName"], params["uploadId"]
    digest = _one_digest(params["layerDigests"])
    upload = await uploads.find(ctx, name, id)
    await _check_parts(ctx, name, upload)
    if not await completing.complete(ctx, upload, digest):
        message = (
            f"The image layer with digest '{digest}' already exists in the repository with name '{name}' in the "
            f"registry with id '{ctx.account}'"
        )
        raise AwsError("LayerAlreadyExistsException", message)
    return {**_about(ctx, name, id), "layerDigest": digest}


def _one_digest(given: list[str]) -> str:
    for digest in given:
        if digests.is_digest(digest):
            return digest
    raise invalid("layerDigests", "A sha256 digest of the layer is required")


async def _check_parts(ctx: Context, name: str, upload: Upload) -> None:
    if upload.size == 0:
        message = f"The upload with id '{upload.id}' does not contain any layer parts"
        raise AwsError("EmptyUploadException", message)
    parts = await ctx.transact(lambda tx: upload_rows.parts(tx, upload.id))
    if any(part.size < _SMALLEST for part in parts[:-1]):
        raise AwsError("LayerPartTooSmallException", "Layer parts must be at least 5 MiB in size")


def _about(ctx: Context, name: str, id: str) -> Params:
    return {"registryId": ctx.account, "repositoryName": name, "uploadId": id}
