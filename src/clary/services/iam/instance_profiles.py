"""Instance profiles: containers for a role, for EC2 instances."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.iam import entities, errors, relations, roles
from clary.services.iam.entities import Entity
from clary.services.iam.service import all_of, named, operation, tag_list, tagged
from clary.services.iam.tags import put_tags

Params = dict[str, Any]
_KIND = "instance-profile"


@operation(on=named(_KIND), also=tagged(_KIND))
def create_instance_profile(ctx: Context, params: Params) -> Params:
    profile = entities.create(ctx, _KIND, params["InstanceProfileName"], params.get("Path", "/"))
    put_tags(ctx, profile.arn, params.get("Tags"))
    return {"InstanceProfile": shown(ctx, profile)}


@operation(on=named(_KIND))
def get_instance_profile(ctx: Context, params: Params) -> Params:
    return {"InstanceProfile": shown(ctx, entities.find(ctx, _KIND, params["InstanceProfileName"]))}


@operation(on=all_of(_KIND))
def list_instance_profiles(ctx: Context, params: Params) -> Params:
    page, more = entities.page(ctx, _KIND, params)
    # "This operation does not return tags" (API reference, ListInstanceProfiles).
    return {"InstanceProfiles": [_plain(ctx, profile) for profile in page], **more}


@operation(on=named("role"))
def list_instance_profiles_for_role(ctx: Context, params: Params) -> Params:
    role = entities.find(ctx, "role", params["RoleName"])
    held = relations.containers_of(ctx.tx, role.id)
    page, more = entities.paginate(ctx, params, held, lambda profile: profile.name.lower())
    return {"InstanceProfiles": [shown(ctx, profile) for profile in page], **more}


@operation(on=named(_KIND))
def add_role_to_instance_profile(ctx: Context, params: Params) -> Params:
    profile = entities.find(ctx, _KIND, params["InstanceProfileName"])
    role = entities.find(ctx, "role", params["RoleName"])
    if relations.members_of(ctx.tx, profile.id):
        raise errors.over_quota("InstanceSessionsPerInstanceProfile", 1)
    ctx.authorize("iam:PassRole", role.arn, {"iam:PassedToService": "ec2.amazonaws.com"})
    ctx.tx.sql(
        "INSERT INTO iam_member (holder, member, since) VALUES (?, ?, ?)", profile.id, role.id, ctx.now
    )
    return {}


@operation(on=named(_KIND))
def remove_role_from_instance_profile(ctx: Context, params: Params) -> Params:
    profile = entities.find(ctx, _KIND, params["InstanceProfileName"])
    role = entities.find(ctx, "role", params["RoleName"])
    if all(held.id != role.id for held in relations.members_of(ctx.tx, profile.id)):
        raise errors.no_such_entity(f"Role {role.name} in Instance Profile {profile.name} cannot be found.")
    ctx.tx.sql("DELETE FROM iam_member WHERE holder = ? AND member = ?", profile.id, role.id)
    return {}


@operation(on=named(_KIND))
def delete_instance_profile(ctx: Context, params: Params) -> Params:
    profile = entities.find(ctx, _KIND, params["InstanceProfileName"])
    if relations.members_of(ctx.tx, profile.id):
        raise errors.conflict("Cannot delete entity, must remove roles from instance profile first.")
    entities.delete(ctx.tx, profile)
    return {}


def shown(ctx: Context, profile: Entity) -> Params:
    """Return a profile as GetInstanceProfile shows it."""
    tags = tag_list(ctx.tx.tags(profile.arn))
    return _plain(ctx, profile) | ({"Tags": tags} if tags else {})


def _plain(ctx: Context, profile: Entity) -> Params:
    return {
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.id,
        "Arn": profile.arn,
        "CreateDate": profile.created,
        "Roles": [roles.shown(ctx, role) for role in relations.members_of(ctx.tx, profile.id)],
    }
