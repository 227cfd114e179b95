"""Groups and their members."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.iam import entities, errors, relations
from clary.services.iam.entities import Entity
from clary.services.iam.service import all_of, named, operation, renamed
from clary.services.iam.users import rename
from clary.services.iam.users import shown as shown_user

Params = dict[str, Any]
_MOST_GROUPS = 10  # IAM quotas: groups that a user can be in.


@operation(on=named("group"))
def create_group(ctx: Context, params: Params) -> Params:
    return {"Group": shown(entities.create(ctx, "group", params["GroupName"], params.get("Path", "/")))}


@operation(on=named("group"), lane="heavy_read")
def get_group(ctx: Context, params: Params) -> Params:
    group = entities.find(ctx, "group", params["GroupName"])
    users = relations.members_of(ctx.tx, group.id)
    page, more = entities.paginate(ctx, params, users, lambda user: user.name.lower())
    return {"Group": shown(group), "Users": [shown_user(ctx, user) for user in page], **more}


@operation(on=all_of("group"))
def list_groups(ctx: Context, params: Params) -> Params:
    page, more = entities.page(ctx, "group", params)
    return {"Groups": [shown(group) for group in page], **more}


@operation(on=renamed("group"))
def update_group(ctx: Context, params: Params) -> Params:
    group = entities.find(ctx, "group", params["GroupName"])
    rename(ctx, group, params.get("NewGroupName"), params.get("NewPath"))
    return {}


@operation(on=named("group"))
def delete_group(ctx: Context, params: Params) -> Params:
    group = entities.find(ctx, "group", params["GroupName"])
    if relations.attached_policies(ctx.tx, group.id):
        raise errors.conflict("Cannot delete entity, must detach all policies first.")
    if relations.inline_policies(ctx.tx, group.id):
        raise errors.conflict("Cannot delete entity, must delete policies first.")
    if relations.members_of(ctx.tx, group.id):
        raise errors.conflict("Cannot delete entity, must remove users from group first.")
    entities.delete(ctx.tx, group)
    return {}


@operation(on=named("group"))
def add_user_to_group(ctx: Context, params: Params) -> Params:
    group, user = _both(ctx, params)
    groups = relations.containers_of(ctx.tx, user.id)
    if any(held.id == group.id for held in groups):
        return {}
    if len(groups) >= _MOST_GROUPS:
        raise errors.over_quota("GroupsPerUser", _MOST_GROUPS)
    ctx.tx.sql("INSERT INTO iam_member (holder, member, since) VALUES (?, ?, ?)", group.id, user.id, ctx.now)
    return {}


@operation(on=named("group"))
def remove_user_from_group(ctx: Context, params: Params) -> Params:
    group, user = _both(ctx, params)
    if all(held.id != group.id for held in relations.containers_of(ctx.tx, user.id)):
        raise errors.no_such_entity(f"User {user.name} is not in group {group.name}.")
    ctx.tx.sql("DELETE FROM iam_member WHERE holder = ? AND member = ?", group.id, user.id)
    return {}


@operation(on=named("user"))
def list_groups_for_user(ctx: Context, params: Params) -> Params:
    user = entities.find(ctx, "user", params["UserName"])
    groups = relations.containers_of(ctx.tx, user.id)
    page, more = entities.paginate(ctx, params, groups, lambda group: group.name.lower())
    return {"Groups": [shown(group) for group in page], **more}


def shown(group: Entity) -> Params:
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.id,
        "Arn": group.arn,
        "CreateDate": group.created,
    }


def _both(ctx: Context, params: Params) -> tuple[Entity, Entity]:
    group = entities.find(ctx, "group", params["GroupName"])
    return group, entities.find(ctx, "user", params["UserName"])
