"""Which site a request is for, by its host and path. Knows places, no handler.

Of the sites that match, the one with the longest path wins. A host that a site has is the site's before it is a bucket's;
on the platform's own names, what is signed as requests of the API are is the API's, unless the site says that its
visitors sign so as well. What a host leads to is remembered, so that a request of the API costs one look into a
dictionary.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from clary.kernel import AwsError
from clary.plane.sites.place import Place, host_pattern, literal_part
from clary.wire import Request, mechanism
from clary.wire.hosts import host_of
from clary.wire.signed import read

_MOST_HOSTS = 1024

Labels = dict[str, str]


class Found(NamedTuple):
    """A place, and the values of its host's pattern."""

    place: Place
    labels: Labels


class _Here(NamedTuple):
    """What a host leads to: paths that may be a site's, and the sites, the longest path first."""

    paths: tuple[str, ...]
    found: tuple[Found, ...]


class SiteTable:
    """All places. `own_names` are the platform's host names. Raise ValueError for two places with one address."""

    def __init__(self, places: Iterable[Place], own_names: Collection[str]) -> None:
        self.places = sorted(places, key=_rank)
        self._own_names = frozenset(name.lower() for name in own_names) | {"localhost"}
        self._patterns: list[tuple[Place, list[re.Pattern[str]]]] = [
            (place, [host_pattern(host, self._own_names) for host in place.hosts]) for place in self.places
        ]
        self._here: dict[str, _Here] = {}
        _refuse_twins(self.places)

    def find(self, request: Request) -> Found | None:
        """Return the site that a request is for, None for one of the API."""
        if not self.places:
            return None
        host = request.headers.get("host", "")
        here = self._here.get(host) or self._remember(host)
        if not request.path.startswith(here.paths):
            return None
        for found in here.found:
            if found.place.covers(request.path) and not _is_apis(found.place, request):
                return found
        return None

    def _remember(self, authority: str) -> _Here:
        host = host_of(authority)
        found = tuple(one for one in (self._match(*entry, host) for entry in self._patterns) if one)
        if len(self._here) >= _MOST_HOSTS:
            self._here.clear()
        self._here[authority] = here = _Here(tuple(one.place.path for one in found), found)
        return here

    def _match(self, place: Place, patterns: list[re.Pattern[str]], host: str) -> Found | None:
        if not patterns:
            return Found(place, {}) if host in self._own_names or _is_address(host) else None
        match = next((found for pattern in patterns if (found := pattern.fullmatch(host))), None)
        return Found(place, match.groupdict()) if match else None


def _rank(place: Place) -> tuple[int, int]:
    """Return a sort key: the longest path first, then the most specific host pattern."""
    return -len(place.path), -max((len(literal_part(host)) for host in place.hosts), default=0)


def _is_apis(place: Place, request: Request) -> bool:
    """Tell whether a request to the platform's own name is signed for the API."""
    if place.hosts:
        return False
    try:
        plain = not request.headers.get("authorization", "").startswith("AWS")
        if plain and mechanism.of(request) in (None, "header"):  # the site handles Basic and Bearer
            return False
        signature = read(request, "on")
    except AwsError:
        return True
    return signature is None or signature.service not in place.signed_for


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _refuse_twins(places: Iterable[Place]) -> None:
    known: dict[tuple[str, str], Place] = {}
    for place in places:
        for host in place.hosts or ("",):
            other = known.setdefault((host, place.path), place)
            if other is not place:
                raise ValueError(
                    f"{place.service}:{place.name} and {other.service}:{other.name} are one address"
                )
