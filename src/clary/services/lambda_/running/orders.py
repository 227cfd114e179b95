"""What an invocation of a name means at this moment: the version that runs, its code, its layers and its limits."""

from __future__ import annotations

from typing import Any

from clary.plane import Record
from clary.plane.port import Plane
from clary.services.lambda_ import archives
from clary.services.lambda_.errors import conflict, no_function
from clary.services.lambda_.functions import aliases, code, versions
from clary.services.lambda_.functions.noun import find
from clary.services.lambda_.layers import rows
from clary.services.lambda_.names import LATEST, Named
from clary.services.lambda_.running.order import Order
from clary.store.api import Tx

Params = dict[str, Any]


def resolve(tx: Tx, named: Named, request_id: str) -> Order:
    """Return the order of one invocation. Raise ResourceNotFound; ResourceConflict for a function that is not Active yet."""
    record = find(tx, named)
    if record is None:
        raise no_function(named.exact if not named.qualifier else named.qualified)
    if record.status == "Pending":
        raise conflict(
            "The operation cannot be performed at this time. The function is currently in the following state: Pending"
        )
    config = _running(tx, record, named)
    return Order(
        request_id=request_id,
        scope=named.scope,
        arn=named.qualified,
        config=config,
        place=code.place(tx, named.scope, named.name, archives.hexadecimal(config["CodeSha256"])),
        layers=_layers(tx, config),
        limit=record.private.get("reserved"),
        qualifier=named.qualifier,
    )


def _running(tx: Tx, record: Record, named: Named) -> Params:
    """Return the configuration that one invocation runs with; an alias chooses by weight."""
    version = named.qualifier or LATEST
    if version != LATEST and not named.is_version:
        alias = aliases.row(tx, named, version)
        if alias is None:
            raise no_function(named.qualified)
        version = aliases.chosen(alias)
    if version == LATEST:
        served = record.private.get("served", record.spec)
        return {**served, "Version": LATEST, "FunctionArn": record.arn}
    found = versions.row(tx, named, version)
    if found is None:
        raise no_function(named.qualified)
    return found


def _layers(tx: Tx, config: Params) -> tuple[tuple[str, str], ...]:
    """Return digest and blob of each layer that is still there."""
    found = []
    for layer in config.get("Layers", ()):
        _, _, _, region, account, _, name, version = layer["Arn"].split(":")
        row = rows.find(tx, f"{account}/{region}", name, int(version))
        if row is not None:
            found.append((row.sha256, row.place))
    return tuple(found)


async def order_of(platform: Plane, named: Named, request_id: str) -> Order:
    """Return the order of one invocation, read in a transaction of its own."""
    return await platform.store.run(lambda tx: resolve(tx, named, request_id), write=False)
