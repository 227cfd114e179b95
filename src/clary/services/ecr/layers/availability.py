"""BatchCheckLayerAvailability: which layers a repository has (API_BatchCheckLayerAvailability, Amazon ECR API Reference)."""

from __future__ import annotations

from clary.plane import Context
from clary.services.ecr import names
from clary.services.ecr.layers import digests, rows
from clary.services.ecr.names import Params, on_repository
from clary.services.ecr.service import ecr

_KEPT = 3600.0  # seconds; a layer that was asked for stays for much longer (sweep.py)
_USUAL = "application/vnd.docker.image.rootfs.diff.tar.gzip"


@ecr.operation(on=on_repository, lane="read")
def batch_check_layer_availability(ctx: Context, params: Params) -> Params:
    """Say of each layer whether it is there. The client then counts on it, so the layer stays for a while."""
    repository = names.load(ctx, params).arn
    layers, failures, old = [], [], []
    for digest in dict.fromkeys(params["layerDigests"]):
        if not digests.is_digest(digest):
            reason = "Invalid request parameters: layer digest should be a sha256 digest"
            failures.append(
                {"layerDigest": digest, "failureCode": "InvalidLayerDigest", "failureReason": reason}
            )
        elif layer := rows.find(ctx.tx, repository, digest):
            shown = {
                "layerAvailability": "AVAILABLE",
                "layerSize": layer.size,
                "mediaType": layer.media_type or _USUAL,
            }
            layers.append({"layerDigest": digest, **shown})
            old += [digest] if layer.touched < ctx.now - _KEPT else []
        else:
            layers.append({"layerDigest": digest, "layerAvailability": "UNAVAILABLE"})
    if old:
        ctx.begin_to_write()
        rows.touch(ctx.tx, repository, old, ctx.now)
    return {"layers": layers, "failures": failures}
