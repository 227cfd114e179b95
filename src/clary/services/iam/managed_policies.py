"""Managed policies: the customer's own rows and, beside them, those that AWS manages. Knows who holds none of them."""

from __future__ import annotations

import re

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.iam import aws_managed, entities, errors
from clary.services.iam.entities import Entity
from clary.store.api import Tx

_ARN = re.compile(r"arn:aws[a-z-]*:iam::(aws|\d{12}):policy/\S+")


def parse_policy_arn(arn: str) -> None:
    """Raises ValidationError for text that is no policy's ARN (recorded: role_attach_policy)."""
    if not _ARN.fullmatch(arn):
        raise errors.validation_error("Invalid ARN:  Could not be parsed!")


def find(ctx: Context, arn: str) -> Entity:
    """A policy of the caller's account or of AWS's. Raises NoSuchEntity."""
    parse_policy_arn(arn)
    found = aws_managed.entity(ctx.partition, arn) or entities.by_arn(ctx.tx, arn)
    if found is None or found.kind != "policy" or found.account not in ("aws", ctx.account):
        raise errors.no_such_policy(arn)
    return found


def find_own(ctx: Context, arn: str) -> Entity:
    """A policy that the caller's account may change."""
    found = find(ctx, arn)
    if found.account == "aws":
        # AWS answers so for its own policies, whoever asks.
        raise AwsError(
            "AccessDenied",
            f"User: {ctx.caller.arn} is not authorized to perform: iam:{ctx.op.name} on resource: policy {arn}",
            403,
        )
    return found


def find_document(tx: Tx, partition: str, account: str, arn: str) -> str | None:
    """The text of a policy's default version, for principals of `account`; None when there is none."""
    if text := aws_managed.document(partition, arn):
        return text
    rows = tx.sql(
        "select v.document from iam_entity e join iam_version v on v.policy = e.id "
        "where e.arn = ? and e.account = ? and e.kind = 'policy' and v.chosen = 1",
        arn, account,
    )  # fmt: skip
    return rows[0][0] if rows else None
