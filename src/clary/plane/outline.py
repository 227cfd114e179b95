"""What the platform knows of a service that is not loaded: data in a manifest (tools/manifest.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from clary.plane.sites.place import Place, place_of
from clary.store.feed import Observe

if TYPE_CHECKING:
    from clary.plane.service import Service


# What the wire reads of a model without operations.
_READ = frozenset(
    [
        "apiVersion",
        "awsQueryCompatible",
        "endpointPrefix",
        "errorNamespace",
        "jsonVersion",
        "noErrorWrapping",
        "protocol",
        "protocols",
        "serviceId",
        "signingName",
        "targetPrefix",
        "validationError",
        "xmlNamespace",
    ]
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """When a gateway starts a service's background work before the service is called: if the store has
    records of these kinds, or rows in these tables."""

    kinds: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """Things with bytes in the object store, or in their rows, that the scrub reads: rows of `table`, whose column `place` names the
    blob. `key` are the columns of its primary key: two texts and a number, '' for one that it has not."""

    kind: str
    table: str
    key: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Follows:
    """The kinds of changes that a consumer follows, and whether it wants all of them (changes.py)."""

    kinds: tuple[str, ...]
    wants_all: bool = True


@dataclass(frozen=True, slots=True)
class Outline:
    """A service in outline.

    `package` is where it is loaded from; `prefix` begins its actions; `metadata` is its model's. `largest` is
    the maximal size of a request body, by dialect; `heads` are the first segments of its REST paths, () where any may
    be meant. `kinds` are those with a controller; `consumers` maps each
    consumer of the change feed to what it follows; `upgrades` counts the formats of its documents
    by kind. `cors` says whether it has rules for pages of other origins, `sites` where it answers HTTP
    that no model describes, `blobs` in which columns of its tables it names blobs (`s3_object.place`), `scrubbed` what of
    it is read now and then to find damage.
    """

    name: str
    package: str
    prefix: str
    principal: str
    metadata: Mapping[str, Any]
    largest: Mapping[str, int] = field(default_factory=dict)
    heads: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    consumers: Mapping[str, Follows] = field(default_factory=dict)
    background: Wanted = Wanted()
    schema: str | None = None
    upgrades: Mapping[str, int] = field(default_factory=dict)
    renewed: tuple[str, ...] = ()
    observed: Mapping[str, Observe] = field(default_factory=dict)
    cors: bool = False
    sites: tuple[Place, ...] = ()
    blobs: tuple[str, ...] = ()
    scrubbed: tuple[Scrubbed, ...] = ()

    @property
    def signing_name(self) -> str:
        """The service that its requests are signed for."""
        return self.metadata.get("signingName") or self.metadata["endpointPrefix"]

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Outline:
        """Read what `to_json` wrote."""
        return cls(
            **{
                **said,
                "heads": tuple(said["heads"]),
                "kinds": tuple(said["kinds"]),
                "consumers": {
                    name: Follows(tuple(one["kinds"]), one["wants_all"])
                    for name, one in said["consumers"].items()
                },
                "background": Wanted(**{name: tuple(them) for name, them in said["background"].items()}),
                "renewed": tuple(said["renewed"]),
                "blobs": tuple(said["blobs"]),
                "scrubbed": tuple(
                    Scrubbed(one["kind"], one["table"], tuple(one["key"])) for one in said["scrubbed"]
                ),
                "sites": tuple(map(place_of, said["sites"])),
                "observed": {
                    kind: Observe(tuple(one["members"]), one["tags"])
                    for kind, one in said["observed"].items()
                },
            }
        )

    def to_json(self) -> dict[str, Any]:
        """Return the outline as JSON."""
        return asdict(self)


def outline_of(
    service: Service, package: str = "", largest: Mapping[str, int] | None = None, heads: tuple[str, ...] = ()
) -> Outline:
    """Return the current outline of a loaded service."""
    return Outline(
        name=service.name,
        package=package,
        prefix=service.action_prefix,
        principal=service.principal,
        metadata={name: said for name, said in service.model.metadata.items() if name in _READ},
        largest=largest or {},
        heads=heads,
        kinds=tuple(service.controllers),
        consumers={one.name: Follows(one.kinds, one.wants_all) for one in service.consumers},
        background=service.wanted,
        schema=service.schema_package,
        upgrades={kind: len(steps) for kind, steps in service.upgrades.items()},
        renewed=tuple(service.renewed),
        observed=dict(service.observed),
        cors=service.cors is not None,
        sites=tuple(site.place for site in service.sites.values()),
        blobs=service.blobs,
        scrubbed=service.scrubbed,
    )
