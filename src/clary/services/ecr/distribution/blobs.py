"""Blobs of the protocol: layers and configurations, read whole or in part."""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane.sites import Visit
from clary.services.ecr import names
from clary.services.ecr.distribution import asking
from clary.services.ecr.distribution.places import Place
from clary.services.ecr.layers import digests, ranges, rows
from clary.services.ecr.layers.rows import Layer
from clary.store.api import Tx
from clary.wire import Response


async def head(visit: Visit, place: Place) -> Response:
    """Say whether a repository has a blob. Clients ask that before they push."""
    _check(place.which)
    asked = {"layerDigests": [place.which]}
    answer = await asking.ask(visit, "BatchCheckLayerAvailability", place.repository, asked)
    found = next((one for one in answer["layers"] if one["layerAvailability"] == "AVAILABLE"), None)
    if found is None:
        raise unknown(place.which)
    return Response(200, ranges.headers_of(place.which, found["layerSize"]), b"")


async def get(visit: Visit, place: Place) -> Response:
    """Return the bytes of a blob, or those of a range."""
    _check(place.which)
    ctx = await asking.allowed(visit, "GetDownloadUrlForLayer", place.repository)

    def look(tx: Tx) -> Layer | None:
        return rows.find(tx, names.named(ctx, tx, place.repository).arn, place.which)

    layer = await ctx.transact(look)
    if layer is None:
        raise unknown(place.which)
    return await ranges.answer(ctx, layer, visit.request.headers.get("range", ""))


def _check(digest: str) -> None:
    if not digests.is_digest(digest):
        raise AwsError("DigestInvalid", "The digest is not a sha256 digest.", 400)


def unknown(digest: str) -> AwsError:
    return AwsError("BlobUnknown", f"The blob {digest} is not known to this repository.", 404)
