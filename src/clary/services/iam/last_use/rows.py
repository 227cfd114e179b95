"""Last uses as rows: of access keys, and of services by users and roles. Knows no operation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from clary.access.directory import Use
from clary.store.api import Tx

_ADD_KEY = (
    "INSERT INTO iam_key_use (id, at, service, region) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
    "at = excluded.at, service = excluded.service, region = excluded.region WHERE excluded.at > iam_key_use.at"
)
_ADD_SERVICE = (
    "INSERT INTO iam_service_use (principal, service, at, region, arn) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (principal, service) DO UPDATE SET at = excluded.at, region = excluded.region, arn = excluded.arn "
    "WHERE excluded.at > iam_service_use.at"
)


class KeyUse(NamedTuple):
    at: float
    service: str
    region: str


class ServiceUse(NamedTuple):
    """`arn` is that of the user or role when it used the service."""

    at: float
    region: str
    arn: str


def keep(tx: Tx, uses: Iterable[Use]) -> None:
    """Store uses; a later one takes the place of an earlier one, whichever process stores it first."""
    for use in sorted(uses, key=lambda one: one.at):
        if use.key:
            tx.sql(_ADD_KEY, use.key, use.at, use.service, use.region)
        if use.principal:
            tx.sql(_ADD_SERVICE, use.principal, use.service, use.at, use.region, use.arn)


def of_key(tx: Tx, id: str) -> KeyUse | None:
    """Return the last use of an access key, or None."""
    rows = tx.sql("SELECT at, service, region FROM iam_key_use WHERE id = ?", id)
    return KeyUse(*rows[0]) if rows else None


def of_principal(tx: Tx, id: str) -> dict[str, ServiceUse]:
    """Return the last use of each service by a user or role."""
    rows = tx.sql("SELECT service, at, region, arn FROM iam_service_use WHERE principal = ?", id)
    return {service: ServiceUse(*rest) for service, *rest in rows}


def latest(tx: Tx, id: str) -> ServiceUse | None:
    """Return the last use of any service by a user or role, or None."""
    return max(of_principal(tx, id).values(), default=None)


def forget_key(tx: Tx, id: str) -> None:
    tx.sql("DELETE FROM iam_key_use WHERE id = ?", id)


def forget_principal(tx: Tx, id: str) -> None:
    tx.sql("DELETE FROM iam_service_use WHERE principal = ?", id)
