"""AWS managed keys: the keys that services make for themselves, one in each account and Region, at first use.

A key `alias/aws/NAME` is made when DescribeKey names it, or when its service calls KMS on a user's behalf
(API reference, DescribeKey: "If you specify a predefined AWS alias …, AWS KMS associates the alias with an AWS managed
key"). Its policy lets everybody in the account use it through that service alone.
"""

from __future__ import annotations

from typing import NamedTuple

from clary.plane import Context, revise
from clary.services.kms.alias_rows import COLUMNS
from clary.services.kms.key_ids import Named
from clary.services.kms.key_specs import ENCRYPT, SPECS, SYMMETRIC
from clary.services.kms.keys.making import in_days, make
from clary.services.kms.materials.secrets import new_secret
from clary.services.kms.policies.defaults import managed_policy

_YEAR = 365  # days: "All AWS managed keys are automatically rotated every year" (KMS Developer Guide)


class Managed(NamedTuple):
    """A service that has a key of its own: the first word of its endpoint, its title, and what its key protects."""

    service: str
    title: str
    protects: str


MANAGED = {
    f"alias/aws/{one.service}": one
    for one in (
        Managed("s3", "S3", "S3 objects"),
        Managed("ssm", "SSM", "SSM parameters"),
        Managed("secretsmanager", "AWS Secrets Manager", "Secrets Manager data"),
        Managed("sagemaker", "SageMaker", "SageMaker data"),
        Managed("ecr", "ECR", "ECR repositories"),
        Managed("sqs", "SQS", "SQS messages"),
    )
}


def made_on_first_use(ctx: Context, named: Named) -> str | None:
    """Return the id of the managed key of this alias, which is made now; None for another alias, or where nobody needs
    it yet."""
    one = MANAGED.get(named.id)
    if one is None or named.account != ctx.caller.account or not _needed(ctx, one):
        return None
    ctx.begin_to_write()
    policy = managed_policy(ctx.partition, named.account, ctx.region, one.service, one.title)
    spec = {
        "Description": f"Default key that protects my {one.protects} when no other key is defined",
        "KeyUsage": ENCRYPT,
        "KeySpec": SYMMETRIC,
        "Origin": "AWS_KMS",
    }
    key = make(ctx, spec, policy, new_secret(SPECS[SYMMETRIC]), manager="AWS")
    rotation = {"rotation": {"days": _YEAR, "next": in_days(ctx.business, _YEAR)}}
    key = ctx.tx.update(revise(key, private=rotation, until=rotation["rotation"]["next"]))
    ctx.tx.sql(
        f"insert into kms_alias (scope, {COLUMNS}) values (?, ?, ?, ?, ?)",
        key.scope,
        named.id,
        key.id,
        ctx.now,
        ctx.now,
    )
    return key.id


def _needed(ctx: Context, one: Managed) -> bool:
    through = ctx.caller.via[-1:] == (f"{one.service}.amazonaws.com",)
    return ctx.unit is not None and (through or ctx.op.name == "DescribeKey")
