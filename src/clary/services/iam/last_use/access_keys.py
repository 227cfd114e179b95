"""GetAccessKeyLastUsed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.plane import Context
from clary.services.iam import entities, errors
from clary.services.iam.entities import Entity
from clary.services.iam.last_use import rows
from clary.services.iam.service import operation

Params = dict[str, Any]
_NEVER = {"ServiceName": "N/A", "Region": "N/A"}  # API reference, AccessKeyLastUsed


def _owner(ctx: Context, params: Mapping[str, Any]) -> tuple[bool, Entity | None]:
    """Return whether the account has this key, and the user whose key it is; None for the root user's."""
    found = ctx.tx.sql(
        "SELECT owner FROM iam_key WHERE id = ? AND account = ?", params["AccessKeyId"], ctx.account
    )
    return bool(found), entities.by_id(ctx.tx, found[0][0]) if found else None


def _target(ctx: Context, params: Mapping[str, Any]) -> list[str]:
    _, user = _owner(ctx, params)
    return [user.arn if user else "*"]


@operation(on=_target)
def get_access_key_last_used(ctx: Context, params: Params) -> Params:
    known, user = _owner(ctx, params)
    if not known:
        raise errors.no_such_entity(f"The Access Key with id {params['AccessKeyId']} cannot be found.")
    use = rows.of_key(ctx.tx, params["AccessKeyId"])
    shown = (
        {"LastUsedDate": use.at, "ServiceName": use.service, "Region": use.region} if use else dict(_NEVER)
    )
    return {"AccessKeyLastUsed": shown} | ({"UserName": user.name} if user else {})
