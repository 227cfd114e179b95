"""Aliases: other names of keys, in one account and Region (https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html)."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Context, Record
from clary.services.kms import errors, key_ids, pages, targets
from clary.services.kms.alias_rows import COLUMNS, Alias, alias_arn, find_alias, shown
from clary.services.kms.keys import noun, states
from clary.services.kms.service import kms

Params = dict[str, Any]
_RESERVED = "alias/aws/"
_EACH = 50  # "Aliases per KMS key": the quota of KMS
_PREFIX = (
    'Alias must start with the prefix "alias/". Please see '
    "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
)


def _with_target(ctx: Context, params: Params) -> list[str]:
    """Return the alias and the key that it is to name: IAM is asked about both."""
    return [_alias(ctx, params), targets.arn_of(ctx, params["TargetKeyId"])]


def _with_current(ctx: Context, params: Params) -> list[str]:
    """Return the alias and the key that it names now."""
    alias = _alias(ctx, params)
    found = find_alias(ctx.tx, f"{ctx.caller.account}/{ctx.region}", params["AliasName"])
    return [alias, *([ctx.arn(f"key/{found.key_id}")] if found else [])]


def _with_both(ctx: Context, params: Params) -> list[str]:
    return [*_with_current(ctx, params), targets.arn_of(ctx, params["TargetKeyId"])]


def _alias(ctx: Context, params: Params) -> str:
    """Return the ARN of the alias. Raise ValidationException for what cannot be the name of one."""
    if not params["AliasName"].startswith(key_ids.ALIAS):
        raise validation(_PREFIX)
    return alias_arn(ctx, params["AliasName"])


@kms.operation(on=_with_target)
def create_alias(ctx: Context, params: Params) -> Params:
    """Give a key of this account and Region another name. Raise AlreadyExistsException."""
    name = params["AliasName"]
    _check_name(name)
    key = _target(ctx, params)
    if find_alias(ctx.tx, key.scope, name):
        raise AwsError(
            "AlreadyExistsException", f"An alias with the name {alias_arn(ctx, name)} already exists"
        )
    _check_number(ctx, key)
    ctx.tx.sql(
        f"insert into kms_alias (scope, {COLUMNS}) values (?, ?, ?, ?, ?)",
        key.scope,
        name,
        key.id,
        ctx.now,
        ctx.now,
    )
    return {}


@kms.operation(on=_with_both)
def update_alias(ctx: Context, params: Params) -> Params:
    """Let an alias name another key of the same kind and usage."""
    name = params["AliasName"]
    _check_name(name)
    alias = _found(ctx, name)
    key = _target(ctx, params)
    _check_alike(ctx, alias, key)
    if alias.key_id != key.id:
        _check_number(ctx, key)
    ctx.tx.sql(
        "update kms_alias set key_id = ?, modified = ? where scope = ? and name = ?",
        key.id,
        ctx.now,
        key.scope,
        name,
    )
    return {}


@kms.operation(on=_with_current)
def delete_alias(ctx: Context, params: Params) -> Params:
    """Delete an alias; its key stays."""
    name = params["AliasName"]
    _check_name(name)
    _found(ctx, name)
    ctx.tx.sql("delete from kms_alias where scope = ? and name = ?", ctx.scope, name)
    return {}


@kms.operation
def list_aliases(ctx: Context, params: Params) -> Params:
    """Return a page of the aliases of this account and Region, by name; those of one key if it is given."""
    limit, after = pages.read(ctx, params, 50, 100)
    where, args = "scope = ? and name > ?", [ctx.scope, after]
    if "KeyId" in params:
        where, args = f"{where} and key_id = ?", [*args, _own_key(ctx, params["KeyId"]).id]
    statement = f"select {COLUMNS} from kms_alias where {where} order by name limit ?"
    found = [Alias(*row) for row in ctx.tx.sql(statement, *args, limit + 1)]
    return pages.page(ctx, "Aliases", [shown(ctx, alias) for alias in found], limit, lambda a: a["AliasName"])


def _check_name(name: str) -> None:
    if name == key_ids.ALIAS:
        raise AwsError("InvalidAliasNameException", "An alias must have a name after the prefix alias/")
    if name.startswith(_RESERVED):
        raise AwsError("NotAuthorizedException", "")


def _target(ctx: Context, params: Params) -> Record:
    """Return the key that is to be named. Raise NotFoundException, or KMSInvalidStateException for one that is to be
    deleted."""
    key = _own_key(ctx, params["TargetKeyId"])
    states.refuse_leaving(key)
    return key


def _own_key(ctx: Context, text: str) -> Record:
    named = key_ids.read_key(ctx, text)
    if named.account != ctx.caller.account:
        raise errors.no_key(named.arn(ctx.partition))
    return noun.load(ctx, named)


def _found(ctx: Context, name: str) -> Alias:
    alias = find_alias(ctx.tx, ctx.scope, name)
    if alias is None:
        raise errors.no_alias(alias_arn(ctx, name))
    return alias


def _check_number(ctx: Context, key: Record) -> None:
    count = ctx.tx.sql("select count(*) from kms_alias where scope = ? and key_id = ?", key.scope, key.id)[0][
        0
    ]
    if count >= _EACH:
        raise errors.limit_exceeded(f"The key {key.arn} has {_EACH} aliases already")


def _check_alike(ctx: Context, alias: Alias, key: Record) -> None:
    """Raise ValidationException unless both keys are symmetric, both asymmetric or both HMAC, and have the same usage
    (API reference, UpdateAlias)."""
    old = noun.find(ctx.tx, key_ids.Named(ctx.account, ctx.region, alias.key_id))
    if old is None:
        return
    same_kind = _kind(old) == _kind(key)
    if not (same_kind and noun.usage_of(old) == noun.usage_of(key)):
        raise validation("Alias cannot be updated to a KMS key of a different type or key usage.")


def _kind(key: Record) -> str:
    spec = noun.spec_of(key)
    return "asymmetric" if spec.asymmetric else spec.family
