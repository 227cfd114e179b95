"""Lists of the protocol: tags, repositories, and what refers to an image."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import orjson

from clary.kernel import AwsError
from clary.plane.sites import Visit
from clary.services.ecr import names
from clary.services.ecr.distribution import asking
from clary.services.ecr.distribution.places import PATH, Place
from clary.services.ecr.distribution.visitors import account_of
from clary.services.ecr.images import rows
from clary.services.ecr.images.manifests import OCI_INDEX
from clary.services.ecr.layers import digests
from clary.store.api import Tx
from clary.wire import Response

_MOST = 1000
_REFERRERS = 50  # that one call returns


async def tags(visit: Visit, place: Place) -> Response:
    """Return the tags of a repository in their order, `n` of them after `last`."""
    ctx = await asking.allowed(visit, "ListImages", place.repository)
    limit, last = _page(visit)

    def look(tx: Tx) -> list[str]:
        return rows.tags_after(tx, names.named(ctx, tx, place.repository).arn, last, limit + 1)

    found = await ctx.transact(look)
    more = _next(f"{PATH}/{quote(place.repository)}/tags/list", limit, found)
    return _json({"name": place.repository, "tags": found[:limit]}, more)


async def catalog(visit: Visit, place: Place) -> Response:
    """Return the names of the registry's repositories in their order, `n` of them after `last`."""
    asked: dict[str, Any] = {"registryId": account_of(visit), "maxResults": _MOST}
    limit, last = _page(visit)
    found: list[str] = []
    while len(found) <= limit:
        answer = await visit.ctx.acall("ecr", "DescribeRepositories", asked)
        names_here = [one["repositoryName"] for one in answer["repositories"]]
        found += [name for name in names_here if name > last]
        if "nextToken" not in answer:
            break
        asked["nextToken"] = answer["nextToken"]
    return _json({"repositories": found[:limit]}, _next(f"{PATH}/_catalog", limit, found))


async def referrers(visit: Visit, place: Place) -> Response:
    """Return an index of the artifacts whose subject is an image; an image that is not there has none."""
    if not digests.is_digest(place.which):
        raise AwsError("DigestInvalid", "The digest is not a sha256 digest.", 400)
    types = [value for name, value in visit.query if name == "artifactType" and value]
    found, token = await _referrers(visit, place, types)
    shown = [{name: value for name, value in one.items() if name != "artifactStatus"} for one in found]
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": shown}
    more = [("oci-filters-applied", "artifactType")] if types else []
    if token:
        query = urlencode([*(("artifactType", kind) for kind in types), ("nextToken", token)])
        more.append(("link", f'<{visit.raw_path}?{query}>; rel="next"'))
    return _json(index, more, OCI_INDEX)


async def _referrers(visit: Visit, place: Place, types: list[str]) -> tuple[list[dict[str, Any]], str]:
    """Return up to a thousand referrers, since few clients ask for a second page, and the token of the next page or ''."""
    asked: dict[str, Any] = {"subjectId": {"imageDigest": place.which}, "maxResults": _REFERRERS}
    asked |= {"filter": {"artifactTypes": types}} if types else {}
    token = dict(visit.query).get("nextToken", "")
    found: list[dict[str, Any]] = []
    for _ in range(_MOST // _REFERRERS):
        more = {"nextToken": token} if token else {}
        answer = await asking.ask(visit, "ListImageReferrers", place.repository, asked | more)
        found += answer["referrers"]
        token = answer.get("nextToken", "")
        if not token:
            break
    return found, token


def _page(visit: Visit) -> tuple[int, str]:
    """Return how many entries are asked for, and after which."""
    query = dict(visit.query)
    said, last = query.get("n", ""), query.get("last", "")
    if said and not (said.isascii() and said.isdecimal() and len(said) < 10):
        raise AwsError("SizeInvalid", "The number of results is no number.", 400)
    if not last.isprintable():
        raise AwsError("NameInvalid", "The last entry is no name.", 400)
    return min(int(said), _MOST) if said else _MOST, last


def _next(path: str, limit: int, found: list[str]) -> list[tuple[str, str]]:
    """Return the header that leads to the next page, if there is one."""
    if len(found) <= limit or not limit:
        return []
    return [("link", f'<{path}?{urlencode({"last": found[limit - 1], "n": limit})}>; rel="next"')]


def _json(shown: Any, headers: list[tuple[str, str]], kind: str = "application/json") -> Response:
    body = orjson.dumps(shown)
    return Response(200, [("content-type", kind), ("content-length", str(len(body))), *headers], body)
