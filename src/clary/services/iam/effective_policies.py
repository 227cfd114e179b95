"""The policies that apply to a user, group or role: its own, those of its groups, and its permissions
boundary."""

from __future__ import annotations

from clary.services.iam import managed_policies, relations
from clary.services.iam.entities import Entity
from clary.store.api import Tx


def policies_of(tx: Tx, entity: Entity) -> list[tuple[str, str]]:
    """Return (source, text) of every identity policy. The source is a managed policy's name, or
    `kind_owner_name` of an inline policy."""
    groups = relations.containers_of(tx, entity.id) if entity.kind == "user" else []
    return [pair for holder in (entity, *groups) for pair in _own(tx, holder)]


def boundary_of(tx: Tx, entity: Entity) -> str | None:
    """Return the text of the permissions boundary, or None. If its policy was deleted, it allows nothing."""
    if not entity.boundary:
        return None
    found = managed_policies.find_document(tx, entity.partition, entity.account, entity.boundary)
    return found or '{"Version":"2012-10-17","Statement":[]}'


def _own(tx: Tx, entity: Entity) -> list[tuple[str, str]]:
    inline = relations.inline_policies(tx, entity.id).items()
    found = [(f"{entity.kind}_{entity.name}_{name}", text) for name, text in inline]
    for arn in relations.attached_policies(tx, entity.id):
        text = managed_policies.find_document(tx, entity.partition, entity.account, arn)
        if text:
            found.append((arn.rsplit("/", 1)[-1], text))
    return found
