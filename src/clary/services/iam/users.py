"""Users, and GetUser for the root user."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.iam import entities, errors, relations, user_credentials
from clary.services.iam.entities import Entity
from clary.services.iam.last_use import rows as last_uses
from clary.services.iam.permissions_boundaries import check_boundary
from clary.services.iam.permissions_boundaries import shown as shown_boundary
from clary.services.iam.service import all_of, named, operation, renamed, tag_list, tagged
from clary.services.iam.tags import put_tags

Params = dict[str, Any]


@operation(on=named("user"), also=tagged("user"))
def create_user(ctx: Context, params: Params) -> Params:
    boundary = check_boundary(ctx, params.get("PermissionsBoundary"))
    user = entities.create(ctx, "user", params["UserName"], params.get("Path", "/"), boundary=boundary)
    put_tags(ctx, user.arn, params.get("Tags"))
    return {"User": shown(ctx, user)}


@operation(on=named("user"))
def get_user(ctx: Context, params: Params) -> Params:
    if not params.get("UserName") and ctx.caller.is_root:
        return {"User": _root(ctx)}
    return {"User": shown(ctx, named_user(ctx, params))}


@operation(on=all_of("user"))
def list_users(ctx: Context, params: Params) -> Params:
    page, more = entities.page(ctx, "user", params)
    # "This operation does not return tags or boundaries" (API reference, ListUsers).
    return {"Users": [_plain(user) for user in page], **more}


@operation(on=renamed("user"))
def update_user(ctx: Context, params: Params) -> Params:
    user = entities.find(ctx, "user", params["UserName"])
    rename(ctx, user, params.get("NewUserName"), params.get("NewPath"))
    return {}


@operation(on=named("user"))
def delete_user(ctx: Context, params: Params) -> Params:
    user = entities.find(ctx, "user", params["UserName"])
    if relations.attached_policies(ctx.tx, user.id):
        raise errors.conflict("Cannot delete entity, must detach all policies first.")
    if relations.inline_policies(ctx.tx, user.id):
        raise errors.conflict("Cannot delete entity, must delete policies first.")
    if relations.containers_of(ctx.tx, user.id):
        raise errors.conflict("Cannot delete entity, must remove users from group first.")
    user_credentials.refuse_left(ctx, user.id)
    last_uses.forget_principal(ctx.tx, user.id)
    entities.delete(ctx.tx, user)
    return {}


def named_user(ctx: Context, params: Params) -> Entity:
    """Return the user that a call names, or else the calling user. Raise NoSuchEntity or ValidationError."""
    if params.get("UserName"):
        return entities.find(ctx, "user", params["UserName"])
    found = entities.by_arn(ctx.tx, ctx.caller.principal_arn)
    if found is None or found.kind != "user" or found.id != ctx.caller.principal_id:
        raise errors.validation_error("Must specify userName when calling with non-User credentials")
    return found


def rename(ctx: Context, old: Entity, name: str | None, path: str | None) -> None:
    """Give a user or group another name or path, and move its tags. Raise EntityAlreadyExists."""
    name, path = name or old.name, path or old.path
    taken = entities.get(ctx.tx, ctx.account, old.kind, name)
    if taken is not None and taken.id != old.id:
        raise errors.already_exists(old.kind, name)
    new = old.evolve(name=name, path=path, arn=entities.arn_of(ctx, old.kind, path, name))
    tags = ctx.tx.tags(old.arn)
    ctx.tx.untag(old.arn, tags)
    entities.update(ctx.tx, old, new)
    ctx.tx.tag(new.arn, tags)


def shown(ctx: Context, user: Entity) -> Params:
    """Return a user as GetUser shows it."""
    tags = tag_list(ctx.tx.tags(user.arn))
    return {**_plain(user), **shown_boundary(user.boundary), **({"Tags": tags} if tags else {})}


def _plain(user: Entity) -> Params:
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn,
        "CreateDate": user.created,
    }


def _root(ctx: Context) -> Params:
    created = ctx.tx.sql("SELECT created FROM iam_account WHERE id = ?", ctx.account)[0][0]
    return {"UserId": ctx.account, "Arn": ctx.caller.arn, "CreateDate": created}
