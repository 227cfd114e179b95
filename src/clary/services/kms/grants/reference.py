"""The grant that a request names: by its token, or by key and id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context
from clary.services.kms import key_ids
from clary.services.kms.grants import rows, tokens
from clary.services.kms.grants.rows import Grant
from clary.services.kms.key_ids import Named


def named_by(ctx: Context, params: Mapping[str, Any]) -> tuple[Named, str]:
    """Return the key and the id of the grant. Raise ValidationException where the request says neither."""
    if "GrantToken" in params:
        return tokens.read_token(ctx, params["GrantToken"])
    if not ("KeyId" in params and "GrantId" in params):
        raise validation("Either GrantToken or both KeyId and GrantId must be specified.")
    return key_ids.read_key(ctx, params["KeyId"]), params["GrantId"]


def grant_named(ctx: Context, params: Mapping[str, Any]) -> Grant | None:
    """Return the grant, or None if there is none."""
    named, id = named_by(ctx, params)
    return rows.find(ctx.tx, named, id)
