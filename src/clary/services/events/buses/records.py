"""The records of buses. The bus `default` is there without one, and has one as soon as something is said of it."""

from __future__ import annotations

from clary.plane import Record
from clary.services.events.errors import no_bus
from clary.services.events.names import BUS, DEFAULT, BusName
from clary.store.api import Tx


def find(tx: Tx, bus: BusName) -> Record | None:
    """Return the record of a bus; one that is not stored for `default` without one; None if there is no such bus."""
    record = tx.get(BUS.kind, bus.scope, bus.name)
    if record is None and bus.name == DEFAULT:
        return Record(BUS.kind, bus.scope, bus.name, arn=bus.arn)
    return record


def load(tx: Tx, bus: BusName) -> Record:
    """Return the record of a bus. Raise ResourceNotFoundException."""
    record = find(tx, bus)
    if record is None:
        raise no_bus(bus.name)
    return record


def write(tx: Tx, record: Record, now: float) -> Record:
    """Write a record, also the first of a bus `default`."""
    changed = record.evolve(modified=now)
    return tx.update(changed) if record.version else tx.insert(changed.evolve(created=now))
