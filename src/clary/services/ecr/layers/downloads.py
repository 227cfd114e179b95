"""GetDownloadUrlForLayer: a URL that gives out a layer to everybody who has it, for an hour, and the site that answers there.

The URL says which layer until when, signed by the platform; on AWS it is a presigned URL of S3 (API_GetDownloadUrlForLayer).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from urllib.parse import urlsplit

import orjson

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.sites import Visit
from clary.services.ecr import names
from clary.services.ecr.errors import invalid
from clary.services.ecr.layers import digests, ranges, rows
from clary.services.ecr.names import Params, on_repository
from clary.services.ecr.service import ecr
from clary.wire import Response

_PATH = "/_ecr/layers"
_SECONDS = 3600
_LABEL = b"clary/ecr/layer/"
_MAC = 32
_AWS = (".amazonaws.com", ".amazonaws.com.cn")


@ecr.operation(on=on_repository)
def get_download_url_for_layer(ctx: Context, params: Params) -> Params:
    """Return the URL of a layer. Raise LayersNotFoundException."""
    repository = names.load(ctx, params)
    digest = params["layerDigest"]
    if not digests.is_digest(digest):
        raise invalid("layerDigest", "A sha256 digest of the layer is required")
    if rows.find(ctx.tx, repository.arn, digest) is None:
        message = (
            f"The image layer with digest '{digest}' does not exist in the repository with name '{repository.id}' in "
            f"the registry with id '{ctx.account}'"
        )
        raise AwsError("LayersNotFoundException", message)
    said = orjson.dumps([repository.arn, digest, ctx.now + _SECONDS])
    return {"downloadUrl": f"{_base(ctx)}{_PATH}/{_signed(ctx, said)}", "layerDigest": digest}


def _base(ctx: Context) -> str:
    """Return the platform's URL as the caller names it, or its own address where that is one of AWS's names."""
    host = ctx.request.headers.get("host", "") if ctx.request else ""
    name = urlsplit(f"//{host}").hostname or ""
    if ctx.request is None or not name or name.endswith(_AWS):
        return ctx.platform.settings.endpoint
    return f"{ctx.request.scheme}://{host}"


def _signed(ctx: Context, said: bytes) -> str:
    mac = hmac.digest(ctx.platform.settings.token_key, _LABEL + said, hashlib.sha256)
    return base64.urlsafe_b64encode(mac + said).decode().rstrip("=")


def _read(visit: Visit) -> tuple[str, str]:
    """Return repository and digest of the URL of a visit. Raise AccessDenied for one that the platform did not make, or
    that has expired."""
    text = visit.segments[0] if len(visit.segments) == 1 else ""
    try:
        raw = base64.urlsafe_b64decode(text[:4096] + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raw = b""
    said = raw[_MAC:]
    if not said or not hmac.compare_digest(_signed(visit.ctx, said), text):
        raise AwsError("AccessDeniedException", "The URL is not valid.", 403)
    repository, digest, until = orjson.loads(said)
    if visit.ctx.now >= until:
        raise AwsError("AccessDeniedException", "The URL has expired.", 403)
    return repository, digest


@ecr.site(path=_PATH, open=True)
async def layer_download(visit: Visit) -> Response:
    """Give out a layer to a visitor with a URL of it."""
    if visit.request.method not in ("GET", "HEAD"):
        raise AwsError("MethodNotAllowed", "The method is not allowed.", 405)
    repository, digest = _read(visit)
    layer = await visit.ctx.transact(lambda tx: rows.find(tx, repository, digest))
    if layer is None:
        raise AwsError("NotFoundException", "The layer is gone.", 404)
    return await ranges.answer(visit.ctx, layer, visit.request.headers.get("range", ""))
