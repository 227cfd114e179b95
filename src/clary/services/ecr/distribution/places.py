"""Where a registry answers, and which registry and repository a request means.

A registry is at AWS's host name, at the same below the platform's own names (`111122223333.dkr.ecr.us-east-1.localhost:4566`),
and at the platform's address itself, where it is that of the token's account and region.
"""

from __future__ import annotations

from typing import NamedTuple

from clary.kernel import AwsError
from clary.plane.sites import Visit

HOSTS = tuple(
    f"{{account}}.dkr.ecr.{{region}}.{name}" for name in ("amazonaws.com", "amazonaws.com.cn", "{platform}")
)
PATH = "/v2"


class Place(NamedTuple):
    """What a path names: a repository, a kind of thing in it (`blobs`, `uploads`, `manifests`, `tags`, `referrers`) and which
    one. An empty kind is the registry itself."""

    repository: str
    kind: str
    which: str


def place_of(visit: Visit) -> Place:
    """Return what a visit is about. Raise NotFoundException for a path that the protocol does not have."""
    parts = visit.segments[:-1] if visit.segments[-1:] == ("",) else visit.segments
    if not parts:
        return Place("", "", "")
    if parts == ("_catalog",):
        return Place("", "catalog", "")
    for kind, length in (
        ("uploads", 3),
        ("uploads", 2),
        ("tags", 2),
        ("blobs", 2),
        ("manifests", 2),
        ("referrers", 2),
    ):
        found = _read(parts, kind, length)
        if found is not None and found.repository:
            return found
    raise AwsError("NotFoundException", "There is no such path in the distribution protocol.", 404)


def _read(parts: tuple[str, ...], kind: str, length: int) -> Place | None:
    """Return the place that a path names if it ends as those of this kind do."""
    name, end = "/".join(parts[:-length]), parts[-length:]
    if any("/" in part for part in parts):
        return None
    if kind == "uploads":
        upload = end[2] if length == 3 and end[:2] == ("blobs", "uploads") else ""
        return Place(name, kind, upload) if upload or end == ("blobs", "uploads") else None
    if kind == "tags":
        return Place(name, kind, "") if end == ("tags", "list") else None
    return Place(name, kind, end[1]) if end[0] == kind else None
