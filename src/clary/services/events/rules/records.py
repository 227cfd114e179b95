"""The records of rules, with their targets."""

from __future__ import annotations

from clary.plane import Record
from clary.services.events import pages
from clary.services.events.errors import no_rule
from clary.services.events.names import RULE, BusName
from clary.store.api import Query, Tx


def find(tx: Tx, bus: BusName, name: str) -> Record | None:
    return tx.get(RULE.kind, bus.scope, bus.rule_id(name))


def load(tx: Tx, bus: BusName, name: str) -> Record:
    """Return the record of a rule. Raise ResourceNotFoundException."""
    record = find(tx, bus, name)
    if record is None:
        raise no_rule(name, bus.name)
    return record


def page(tx: Tx, bus: BusName, prefix: str, after: str, limit: int) -> list[Record]:
    """Return rules of a bus by name, those after an id."""
    conditions = pages.between(bus.rule_id(prefix), after)
    return tx.list(RULE.kind, bus.scope, Query(conditions, order="id", limit=limit))


def all_of(tx: Tx, bus: BusName) -> list[Record]:
    """Return all rules of a bus, as documents that must not be changed."""
    return tx.list(
        RULE.kind, bus.scope, Query(pages.between(bus.rule_id(""), ""), order="id", limit=10_000, shared=True)
    )


def name_of(record: Record) -> str:
    return record.id.partition("/")[2]


def targets(record: Record) -> list[dict]:  # type: ignore[type-arg]
    return record.private.get("targets", [])
