"""The site of a registry: finds what a request is about, and lets the module of its kind answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from clary.kernel import AwsError
from clary.plane.sites import Bounds, Visit
from clary.services.ecr.distribution import blobs, manifests, places, tags, uploads
from clary.services.ecr.distribution.places import Place
from clary.services.ecr.distribution.refusals import VERSION, refuse
from clary.services.ecr.distribution.visitors import visitor
from clary.services.ecr.service import ecr
from clary.wire import Response

Answer = Callable[[Visit, Place], Awaitable[Response]]

_LARGEST_LAYER = 52_000 << 20  # bytes ("Amazon ECR service quotas": maximum layer size 52,000 MiB)
_BOUNDS = Bounds(body=_LARGEST_LAYER)


async def _ping(visit: Visit, place: Place) -> Response:
    return Response(200, [("content-type", "application/json")], b"{}")


_ANSWERS: dict[tuple[str, str], Answer] = {
    ("GET", ""): _ping,
    ("HEAD", ""): _ping,
    ("GET", "catalog"): tags.catalog,
    ("GET", "tags"): tags.tags,
    ("GET", "referrers"): tags.referrers,
    ("GET", "blobs"): blobs.get,
    ("HEAD", "blobs"): blobs.head,
    ("POST", "uploads"): uploads.post,
    ("GET", "uploads"): uploads.status,
    ("PATCH", "uploads"): uploads.patch,
    ("PUT", "uploads"): uploads.put,
    ("DELETE", "uploads"): uploads.delete,
    ("GET", "manifests"): manifests.get,
    ("HEAD", "manifests"): manifests.get,
    ("PUT", "manifests"): manifests.put,
    ("DELETE", "manifests"): manifests.delete,
}


async def _answered(visit: Visit) -> Response:
    place = places.place_of(visit)
    answer = _ANSWERS.get((visit.request.method, place.kind))
    if answer is None:
        raise AwsError("Unsupported", "The operation is unsupported.", 405)
    response = await answer(visit, place)
    response.headers.append(VERSION)
    return response


@ecr.site(host=places.HOSTS, path=places.PATH, verify=visitor, refuse=refuse, bounds=_BOUNDS)
async def registry_host(visit: Visit) -> Response:
    """Answer a client at the host name of a registry."""
    return await _answered(visit)


@ecr.site(path=places.PATH, verify=visitor, refuse=refuse, bounds=_BOUNDS)
async def registry_address(visit: Visit) -> Response:
    """Answer a client at the platform's own address: in the registry of its token."""
    return await _answered(visit)
