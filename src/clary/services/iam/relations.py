"""Relations between entities: attached and inline policies, boundaries, members of groups and instance
profiles."""

from __future__ import annotations

from clary.plane import Context
from clary.services.iam.entities import Entity, by_id
from clary.store.api import Tx


def attachment_count(ctx: Context, arn: str) -> int:
    """Return to how many users, groups and roles of the account the policy is attached."""
    rows = ctx.tx.sql(
        "SELECT COUNT(*) FROM iam_attachment a JOIN iam_entity e ON e.id = a.owner "
        "WHERE a.policy_arn = ? AND e.account = ?",
        arn, ctx.account,
    )  # fmt: skip
    return rows[0][0]


def boundary_count(ctx: Context, arn: str) -> int:
    """Return of how many users and roles of the account the policy is the permissions boundary."""
    return ctx.tx.sql("SELECT COUNT(*) FROM iam_entity WHERE account = ? AND boundary = ?", ctx.account, arn)[
        0
    ][0]


def attached_entities(ctx: Context, arn: str) -> list[Entity]:
    """Return the users, groups and roles of the account that the policy is attached to."""
    rows = ctx.tx.sql("SELECT owner FROM iam_attachment WHERE policy_arn = ?", arn)
    found = [by_id(ctx.tx, row[0]) for row in rows]
    return [entity for entity in found if entity and entity.account == ctx.account]


def bounded_entities(ctx: Context, arn: str) -> list[Entity]:
    """Return the users and roles of the account whose permissions boundary the policy is."""
    rows = ctx.tx.sql("SELECT id FROM iam_entity WHERE account = ? AND boundary = ?", ctx.account, arn)
    found = [by_id(ctx.tx, row[0]) for row in rows]
    return [entity for entity in found if entity]


def attached_policies(tx: Tx, owner: str) -> list[str]:
    """Return the ARNs of the managed policies of an entity, in the order in which they were attached."""
    rows = tx.sql(
        "SELECT policy_arn FROM iam_attachment WHERE owner = ? ORDER BY attached, policy_arn", owner
    )
    return [row[0] for row in rows]


def inline_policies(tx: Tx, owner: str) -> dict[str, str]:
    """Return the inline policies of an entity: name -> text."""
    return dict(tx.sql("SELECT name, document FROM iam_inline WHERE owner = ? ORDER BY name", owner))  # type: ignore[arg-type]


def containers_of(tx: Tx, member: str) -> list[Entity]:
    """Return the groups of a user, or the instance profiles of a role."""
    found = [by_id(tx, row[0]) for row in tx.sql("SELECT holder FROM iam_member WHERE member = ?", member)]
    return [entity for entity in found if entity]


def members_of(tx: Tx, holder: str) -> list[Entity]:
    """Return the users of a group, or the roles of an instance profile."""
    rows = tx.sql("SELECT member FROM iam_member WHERE holder = ?", holder)
    found = [by_id(tx, row[0]) for row in rows]
    return [entity for entity in found if entity]
