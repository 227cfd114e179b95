"""RetireGrant and RevokeGrant: a grant ends, given up by those who use it or taken away by the key's administrators."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.kms import errors, key_ids, targets
from clary.services.kms.crypto.usage import answer_dry_run
from clary.services.kms.grants import rows
from clary.services.kms.grants.reference import named_by
from clary.services.kms.key_ids import Named
from clary.services.kms.keys import noun
from clary.services.kms.service import kms

Params = dict[str, Any]


def _key_of_grant(ctx: Context, params: Params) -> list[str]:
    return [named_by(ctx, params)[0].arn(ctx.partition)]


@kms.operation(on=_key_of_grant)
def retire_grant(ctx: Context, params: Params) -> Params:
    """End a grant, as its retiring principal or as a grantee that may."""
    named, id = named_by(ctx, params)
    return _end(ctx, params, named, id)


@kms.operation(on=targets.on_plain_key)
def revoke_grant(ctx: Context, params: Params) -> Params:
    """End a grant, as somebody who manages the key."""
    return _end(ctx, params, key_ids.read_key(ctx, params["KeyId"]), params["GrantId"])


def _end(ctx: Context, params: Params, named: Named, id: str) -> Params:
    noun.load(ctx, named)
    if rows.find(ctx.tx, named, id) is None:
        raise errors.not_found(f"Grant ID {id} not found")
    answer_dry_run(params)
    rows.delete(ctx.tx, named, id)
    return {}
