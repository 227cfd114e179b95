"""Who holds a managed policy: counts and lists, within one account."""

from __future__ import annotations

from clary.plane import Context
from clary.services.iam.entities import Entity, by_id
from clary.store.api import Tx


def attachments(ctx: Context, arn: str) -> int:
    """How many users, groups and roles of the account the policy is attached to."""
    rows = ctx.tx.sql(
        "select count(*) from iam_attachment a join iam_entity e on e.id = a.owner "
        "where a.policy_arn = ? and e.account = ?",
        arn, ctx.account,
    )  # fmt: skip
    return rows[0][0]


def boundaries(ctx: Context, arn: str) -> int:
    """How many users and roles of the account the policy bounds."""
    return ctx.tx.sql("select count(*) from iam_entity where account = ? and boundary = ?", ctx.account, arn)[
        0
    ][0]


def holders(ctx: Context, arn: str) -> list[Entity]:
    """The users, groups and roles that the policy is attached to."""
    rows = ctx.tx.sql("select owner from iam_attachment where policy_arn = ?", arn)
    found = [by_id(ctx.tx, row[0]) for row in rows]
    return [entity for entity in found if entity and entity.account == ctx.account]


def bounded(ctx: Context, arn: str) -> list[Entity]:
    """The users and roles that the policy bounds."""
    rows = ctx.tx.sql("select id from iam_entity where account = ? and boundary = ?", ctx.account, arn)
    found = [by_id(ctx.tx, row[0]) for row in rows]
    return [entity for entity in found if entity]


def attached(tx: Tx, owner: str) -> list[str]:
    """The ARNs of the policies that an entity holds, in the order in which they were attached."""
    rows = tx.sql(
        "select policy_arn from iam_attachment where owner = ? order by attached, policy_arn", owner
    )
    return [row[0] for row in rows]


def inline(tx: Tx, owner: str) -> dict[str, str]:
    """An entity's inline policies: name -> text."""
    return dict(tx.sql("select name, document from iam_inline where owner = ? order by name", owner))  # type: ignore[arg-type]


def holders_of(tx: Tx, member: str) -> list[Entity]:
    """The groups of a user, or the instance profiles of a role."""
    found = [by_id(tx, row[0]) for row in tx.sql("select holder from iam_member where member = ?", member)]
    return [entity for entity in found if entity]


def members_of(tx: Tx, holder: str) -> list[Entity]:
    """The users of a group, or the roles of an instance profile."""
    rows = tx.sql("select member from iam_member where holder = ?", holder)
    found = [by_id(tx, row[0]) for row in rows]
    return [entity for entity in found if entity]
