"""The key that a call is about: as an ARN for access control, and as its record for the handler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary.plane import Context, Record
from clary.services.kms import errors, key_ids
from clary.services.kms.alias_rows import find_alias
from clary.services.kms.key_ids import Named
from clary.services.kms.keys import managed, noun

Params = dict[str, Any]


def arn_of(ctx: Context, text: str) -> str:
    """Return the ARN of the key that a KeyId names; that of the alias where it names none.

    An AWS service's own key is made when it is named for the first time. Raise NotFoundException for what can name no key.
    """
    named = key_ids.read(ctx, text)
    return (_key_named(ctx, named) or named).arn(ctx.partition)


def on_key(member: str = "KeyId") -> Callable[[Context, Params], list[str]]:
    """Return the target of an operation on the key that this member names, by alias or not."""
    return lambda ctx, params: [arn_of(ctx, params[member])]


def on_plain_key(ctx: Context, params: Params) -> list[str]:
    """Return the target of an operation that takes an id or an ARN, and no alias."""
    return [key_ids.read_key(ctx, params["KeyId"]).arn(ctx.partition)]


def new_key(ctx: Context, params: Params) -> list[str]:
    """Return the resource on which a new key's tags are set, while its id is not known yet."""
    return [ctx.arn("key/*")]


def key_of(ctx: Context, text: str) -> Record:
    """Return the key that a KeyId names. Raise NotFoundException."""
    named = key_ids.read(ctx, text)
    found = _key_named(ctx, named)
    if found is None:
        raise errors.no_alias(named.arn(ctx.partition))
    return noun.load(ctx, found)


def plain_key_of(ctx: Context, params: Params) -> Record:
    """Return the key that an id or an ARN names. Raise NotFoundException."""
    return noun.load(ctx, key_ids.read_key(ctx, params["KeyId"]))


def _key_named(ctx: Context, named: Named) -> Named | None:
    """Return the key behind an alias, or the key that is named; None for an alias that does not exist."""
    if not named.alias:
        return named
    found = find_alias(ctx.tx, named.scope, named.id)
    key_id = found.key_id if found else managed.made_on_first_use(ctx, named)
    return named._replace(id=key_id) if key_id else None
