"""Where a site is found, and how much of everything it takes. Plain data, which can be known before its service is loaded.

A host is a pattern: `{id}.lambda-url.{region}.on.aws`. `{name}` stands for a part of one label, `{name+}` for one label
or several (a bucket's name may have dots), and `{platform}` for each of the platform's own names (`localhost`, and those
of CLARY_HOST_NAMES).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from clary.kernel.errors import AwsError

_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*", re.ASCII)
_PART = re.compile(r"\{(\w+)(\+?)\}|([a-z0-9.-]+)", re.ASCII)
_PERHAPS_A_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")  # S3 user guide, "Bucket naming rules"
_OWN = ("_clary",)
PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a site takes. `body`: bytes of a request's body; `message`: bytes of a WebSocket message; `sockets`: upgraded
    connections at a time, in one process; `idle`: seconds in which nothing is said on such a connection; `ping`: seconds
    between two pings, after which a client that has not answered the last one is gone."""

    body: int = 10 << 20
    message: int = 128 << 10
    sockets: int = 500
    idle: float = 600.0
    ping: float = 30.0


@dataclass(frozen=True, slots=True)
class Place:
    """A site's address. `path` is a prefix of whole segments, empty for all paths; `hosts` are patterns. Without hosts it
    is on the platform's own names and addresses, and its path begins with what can be no bucket's name. `signed_for` are
    the services for which requests to such a path are signed: others go to the API."""

    service: str
    name: str
    hosts: tuple[str, ...] = ()
    path: str = ""
    signed_for: tuple[str, ...] = ()
    bounds: Bounds = field(default_factory=Bounds)

    def __post_init__(self) -> None:
        for host in self.hosts:
            host_pattern(host, ("localhost",))
        if not _PATH.fullmatch(self.path) or {".", ".."} & set(self.path.split("/")):
            raise ValueError(f"{self.path!r} is no path of whole segments: /v2, or empty for all paths")
        first = self.path.partition("/")[2].partition("/")[0]
        if not self.hosts and (not first or first in _OWN or _PERHAPS_A_BUCKET.fullmatch(first)):
            raise ValueError(
                f"{self.path!r} may be a bucket's: a site without a host needs a first segment that cannot be one, such "
                "as /_console or /v2"
            )

    def covers(self, path: str) -> bool:
        """Tell whether a raw path is this place's or below it."""
        return path.startswith(self.path) and path[len(self.path) : len(self.path) + 1] in ("", "/")


def place_of(said: Mapping[str, Any]) -> Place:
    """Return a place of what JSON has of it."""
    lists = {name: tuple(said[name]) for name in ("hosts", "signed_for")}
    return Place(**{**said, **lists, "bounds": Bounds(**said["bounds"])})


def host_pattern(host: str, platform: Iterable[str]) -> re.Pattern[str]:
    """Compile a pattern of hosts; `platform` are the names that `{platform}` stands for. Raise ValueError for one that is
    not whole, or that has no label of its own: it would take every bucket's host name."""
    parts = list(_PART.finditer(host))
    whole = "".join(part[0] for part in parts) == host and not f".{host}".endswith(".localhost")
    if not whole or not re.search(r"[a-z0-9]", literal_part(host)):
        raise ValueError(f"{host!r} is no pattern of host names, such as {{id}}.lambda-url.{{region}}.on.aws")
    names = "|".join(re.escape(name.lower()) for name in platform)
    return re.compile("".join(_compiled(part, names) for part in parts), re.ASCII)


def literal_part(host: str) -> str:
    """Return a pattern without what it leaves open."""
    return _PART.sub(lambda part: part[3] or "", host)


def _compiled(part: re.Match[str], platform: str) -> str:
    name, several, text = part.groups()
    if text:
        return re.escape(text)
    if name == PLATFORM:
        return f"(?:{platform})"
    return f"(?P<{name}>[a-z0-9_-]+(?:\\.[a-z0-9_-]+)*)" if several else f"(?P<{name}>[a-z0-9_-]+)"


def segments_of(path: str) -> tuple[str, ...]:
    """Return the segments of a raw path, decoded one by one, so that a slash in one was `%2F`. Raise BadRequest for `.`
    and `..`, encoded or not, for control characters, and for what is not UTF-8."""
    try:
        found = tuple(unquote_to_bytes(part).decode() for part in path.encode("latin-1").split(b"/")[1:])
    except UnicodeError:
        raise _bad_path() from None
    if any(part in (".", "..") or _CONTROL.search(part) for part in found):
        raise _bad_path()
    return found


_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _bad_path() -> AwsError:
    return AwsError("BadRequestException", "The path is not one that can be served.", 400)
