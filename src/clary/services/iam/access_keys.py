"""Access keys of users and of the account's root user."""

from __future__ import annotations

from typing import Any

from clary.access import key_secrets
from clary.access.new_ids import access_key_id, secret_key
from clary.plane import Context
from clary.services.iam import entities, errors
from clary.services.iam.last_use import rows as last_uses
from clary.services.iam.service import named, operation
from clary.services.iam.users import named_user

Params = dict[str, Any]
_MOST = 2


@operation(on=named("user"))
def create_access_key(ctx: Context, params: Params) -> Params:
    owner, name = _owner(ctx, params)
    if len(_rows(ctx, owner)) >= _MOST:
        raise errors.over_quota("AccessKeysPerUser", _MOST)
    id, secret = access_key_id("AKIA", ctx.account), secret_key()
    ctx.tx.sql(
        "INSERT INTO iam_key (id, account, owner, secret, status, created) VALUES (?, ?, ?, ?, 'Active', ?)",
        id, ctx.account, owner, key_secrets.closed(ctx.platform.settings.sealing_key, id, secret), ctx.now,
    )  # fmt: skip
    key = {"AccessKeyId": id, "Status": "Active", "SecretAccessKey": secret, "CreateDate": ctx.now}
    return {"AccessKey": {"UserName": name, **key}}


@operation(on=named("user"))
def list_access_keys(ctx: Context, params: Params) -> Params:
    owner, name = _owner(ctx, params)
    page, more = entities.paginate(ctx, params, _rows(ctx, owner), lambda row: row[0])
    keys = [
        {"UserName": name, "AccessKeyId": id, "Status": status, "CreateDate": created}
        for id, status, created in page
    ]
    return {"AccessKeyMetadata": keys, **more}


@operation(on=named("user"))
def update_access_key(ctx: Context, params: Params) -> Params:
    id = _key(ctx, params)
    if params["Status"] not in ("Active", "Inactive"):
        raise errors.invalid_input(f"Status {params['Status']} is not allowed for an access key.")
    ctx.tx.sql("UPDATE iam_key SET status = ? WHERE id = ?", params["Status"], id)
    return {}


@operation(on=named("user"))
def delete_access_key(ctx: Context, params: Params) -> Params:
    id = _key(ctx, params)
    ctx.tx.sql("DELETE FROM iam_key WHERE id = ?", id)
    last_uses.forget_key(ctx.tx, id)
    return {}


def _owner(ctx: Context, params: Params) -> tuple[str, str | None]:
    """Return id and name of the user whose keys are meant; ("", None) for the root user."""
    if not params.get("UserName") and ctx.caller.is_root:
        return "", None
    user = named_user(ctx, params)
    return user.id, user.name


def _rows(ctx: Context, owner: str) -> list[tuple[Any, ...]]:
    return ctx.tx.sql(
        "SELECT id, status, created FROM iam_key WHERE account = ? AND owner = ? ORDER BY created, id",
        ctx.account, owner,
    )  # fmt: skip


def _key(ctx: Context, params: Params) -> str:
    owner, _ = _owner(ctx, params)
    id = params["AccessKeyId"]
    if id not in [row[0] for row in _rows(ctx, owner)]:
        raise errors.no_such_entity(f"The Access Key with id {id} cannot be found.")
    return id
