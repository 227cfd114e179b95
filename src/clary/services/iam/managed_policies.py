"""Look up managed policies: the customer's own, and those of AWS. Does not know to whom they are attached."""

from __future__ import annotations

import re

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.iam import aws_managed_policies, entities, errors
from clary.services.iam.entities import Entity
from clary.store.api import Tx

_ARN = re.compile(r"arn:aws[a-z-]*:iam::(aws|\d{12}):policy/\S+")


def parse_policy_arn(arn: str) -> None:
    """Raise ValidationError unless the text is the ARN of a policy (recorded: role_attach_policy)."""
    if not _ARN.fullmatch(arn):
        raise errors.validation_error("Invalid ARN:  Could not be parsed!")


def find(ctx: Context, arn: str) -> Entity:
    """Return a policy of the caller's account or of AWS. Raise NoSuchEntity."""
    parse_policy_arn(arn)
    found = aws_managed_policies.entity(ctx.partition, arn) or entities.by_arn(ctx.tx, arn)
    if found is None or found.kind != "policy" or found.account not in ("aws", ctx.account):
        raise errors.no_such_policy(arn)
    return found


def find_own(ctx: Context, arn: str) -> Entity:
    """Return a policy of the caller's account. Raise AccessDenied for one of AWS."""
    found = find(ctx, arn)
    if found.account == "aws":
        # AWS answers so about its own policies, whatever the caller's permissions.
        raise AwsError(
            "AccessDenied",
            f"User: {ctx.caller.arn} is not authorized to perform: iam:{ctx.op.name} on resource: policy {arn}",
            403,
        )
    return found


def find_document(tx: Tx, partition: str, account: str, arn: str) -> str | None:
    """Return the text of the policy's default version if principals of `account` may use it, or None."""
    if text := aws_managed_policies.document(partition, arn):
        return text
    rows = tx.sql(
        "SELECT v.document FROM iam_entity e JOIN iam_version v ON v.policy = e.id "
        "WHERE e.arn = ? AND e.account = ? AND e.kind = 'policy' AND v.chosen = 1",
        arn, account,
    )  # fmt: skip
    return rows[0][0] if rows else None
