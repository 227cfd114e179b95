"""PutReplicationConfiguration and DescribeRegistry: where a registry's images are replicated to.

Source: "Private image replication in Amazon ECR" (Amazon ECR User Guide, replication).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from clary.plane import Context, Members
from clary.services.ecr.errors import invalid
from clary.services.ecr.names import Params
from clary.services.ecr.registry import settings
from clary.services.ecr.registry.settings import REPLICATION
from clary.services.ecr.service import ecr
from clary.store.api import Tx

_MEMBER = "replicationConfiguration"
_MOST_RULES = 10  # "maximum of 10 rules per replication configuration"
_MOST_DESTINATIONS = 25  # "up to 25 unique destinations across all rules"


class Destination(NamedTuple):
    """A registry that images go to, and whether deletions do as well."""

    registry: str
    region: str
    deletes: bool

    @property
    def scope(self) -> str:
        return f"{self.registry}/{self.region}"


@ecr.operation(accepts=Members(_MEMBER))
def put_replication_configuration(ctx: Context, params: Params) -> Params:
    """Replace the replication of the registry; without rules there is none. Images that are pushed from now on are
    replicated."""
    configuration = params[_MEMBER]
    _check(ctx, configuration["rules"])
    kept = {"rules": configuration["rules"], "since": ctx.now}
    settings.put(ctx.tx, ctx.scope, REPLICATION, orjson.dumps(kept).decode())
    return {_MEMBER: configuration}


def _check(ctx: Context, rules: list[dict[str, Any]]) -> None:
    targets = {(one["registryId"], one["region"]) for rule in rules for one in rule["destinations"]}
    if len(rules) > _MOST_RULES or len(targets) > _MOST_DESTINATIONS:
        raise invalid(_MEMBER, "At most 10 rules and 25 destinations are allowed")
    if any(not rule["destinations"] for rule in rules):
        raise invalid(_MEMBER, "A rule must have a destination")
    if (ctx.account, ctx.region) in targets:
        raise invalid(_MEMBER, "The source registry cannot be a destination")
    for region in sorted({region for _, region in targets} - ctx.platform.settings.regions):
        raise invalid(_MEMBER, f"Invalid region {region}")


@ecr.operation
def describe_registry(ctx: Context, params: Params) -> Params:
    """Return the registry and its replication."""
    return {"registryId": ctx.account, _MEMBER: {"rules": _kept(ctx.tx, ctx.scope)["rules"]}}


def since(tx: Tx, scope: str) -> float:
    """Return from when on images are replicated."""
    return _kept(tx, scope)["since"]


def destinations(tx: Tx, scope: str, repository: str) -> list[Destination]:
    """Return where the images of a repository go to, each registry once."""
    found = {one.scope: one for one in _matching(_kept(tx, scope)["rules"], repository)}
    return list(found.values())


def _matching(rules: list[dict[str, Any]], repository: str) -> Iterator[Destination]:
    for rule in rules:
        filters = rule.get("repositoryFilters")
        if filters and not any(repository.startswith(one["filter"]) for one in filters):
            continue
        deletes = bool((rule.get("deleteReplication") or {}).get("enabled"))
        for one in rule["destinations"]:
            yield Destination(one["registryId"], one["region"], deletes)


def _kept(tx: Tx, scope: str) -> dict[str, Any]:
    text = settings.get(tx, scope, REPLICATION)
    return orjson.loads(text) if text else {"rules": [], "since": 0.0}
