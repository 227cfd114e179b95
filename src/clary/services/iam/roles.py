"""Roles and their trust policies."""

from __future__ import annotations

import json
from typing import Any

from clary.access.document import statements_of
from clary.access.policy_checks import check_trust_policy, malformed, principals_of
from clary.plane import Context
from clary.services.iam import entities, errors, principals, relations
from clary.services.iam.entities import Entity
from clary.services.iam.last_use import rows as last_uses
from clary.services.iam.permissions_boundaries import check_boundary
from clary.services.iam.permissions_boundaries import shown as shown_boundary
from clary.services.iam.service import all_of, document, named, operation, tag_list, tagged
from clary.services.iam.tags import put_tags

Params = dict[str, Any]
_LONGEST_TRUST = 2048  # characters without white space (IAM quotas)
_HOUR = 3600


@operation(on=named("role"), also=tagged("role"))
def create_role(ctx: Context, params: Params) -> Params:
    path = params.get("Path", "/")
    if path.startswith("/aws-service-role/"):
        raise errors.invalid_input(f"The role path {path} is reserved for service-linked roles.")
    trust = params["AssumeRolePolicyDocument"]
    check_trust(ctx, trust)
    boundary = check_boundary(ctx, params.get("PermissionsBoundary"))
    doc = {
        "trust": trust,
        "description": params.get("Description"),
        "longest": params.get("MaxSessionDuration", _HOUR),
    }
    role = entities.create(ctx, "role", params["RoleName"], path, boundary=boundary, doc=doc)
    put_tags(ctx, role.arn, params.get("Tags"))
    answer = shown(ctx, role) | boundary_and_tags(ctx, role)
    if "MaxSessionDuration" not in params:  # recorded: CreateRole shows it only if the request has it
        del answer["MaxSessionDuration"]
    return {"Role": answer}


@operation(on=named("role"))
def get_role(ctx: Context, params: Params) -> Params:
    role = entities.find(ctx, "role", params["RoleName"])
    return {"Role": shown(ctx, role) | boundary_and_tags(ctx, role) | last_used(ctx, role)}


@operation(on=all_of("role"))
def list_roles(ctx: Context, params: Params) -> Params:
    page, more = entities.page(ctx, "role", params)
    return {"Roles": [shown(ctx, role) for role in page], **more}


@operation(on=named("role"))
def update_role(ctx: Context, params: Params) -> Params:
    role = changeable(ctx, params["RoleName"])
    changes: Params = {"description": params["Description"]} if "Description" in params else {}
    if params.get("MaxSessionDuration"):
        changes["longest"] = params["MaxSessionDuration"]
    entities.update(ctx.tx, role, role.evolve(doc={**role.doc, **changes}))
    return {}


@operation(on=named("role"))
def update_role_description(ctx: Context, params: Params) -> Params:
    role = changeable(ctx, params["RoleName"])
    new = role.evolve(doc={**role.doc, "description": params["Description"]})
    entities.update(ctx.tx, role, new)
    answer = shown(ctx, new)
    del answer["MaxSessionDuration"]  # not in aws-cli's example of update-role-description
    return {"Role": answer}


@operation(on=named("role"))
def update_assume_role_policy(ctx: Context, params: Params) -> Params:
    role = changeable(ctx, params["RoleName"])
    check_trust(ctx, params["PolicyDocument"])
    entities.update(ctx.tx, role, role.evolve(doc={**role.doc, "trust": params["PolicyDocument"]}))
    return {}


@operation(on=named("role"))
def delete_role(ctx: Context, params: Params) -> Params:
    role = changeable(ctx, params["RoleName"])
    if relations.containers_of(ctx.tx, role.id):
        raise errors.conflict("Cannot delete entity, must remove roles from instance profile first.")
    if relations.attached_policies(ctx.tx, role.id):
        raise errors.conflict("Cannot delete entity, must detach all policies first.")
    if relations.inline_policies(ctx.tx, role.id):
        raise errors.conflict("Cannot delete entity, must delete policies first.")
    last_uses.forget_principal(ctx.tx, role.id)
    entities.delete(ctx.tx, role)
    return {}


def changeable(ctx: Context, name: str) -> Entity:
    """Return a role of the account. Raise UnmodifiableEntity for service-linked roles, which belong to their
    service."""
    role = entities.find(ctx, "role", name)
    if role.path.startswith("/aws-service-role/"):
        raise errors.unmodifiable(
            f"Cannot perform the operation on the protected role '{role.name}' - this role is only modifiable by AWS"
        )
    return role


def check_trust(ctx: Context, text: str) -> None:
    """Raise MalformedPolicyDocument unless the trust policy is valid and its principals may exist."""
    check_trust_policy(text)
    if len("".join(text.split())) > _LONGEST_TRUST:
        raise errors.over_quota("ACLSizePerRole", _LONGEST_TRUST)
    for statement in statements_of(json.loads(text)):
        for kind, name in principals_of(statement):
            if kind == "AWS" and not principals.may_exist(ctx.tx, ctx.partition, name):
                raise malformed(f'Invalid principal in policy: "AWS":"{name}"')


def shown(ctx: Context, role: Entity) -> Params:
    """Return a role as ListRoles shows it: without tags, boundary and last use (recorded)."""
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": role.created,
        "AssumeRolePolicyDocument": document(role.doc["trust"]),
        "Description": role.doc.get("description"),
        "MaxSessionDuration": role.doc["longest"],
    }


def last_used(ctx: Context, role: Entity) -> Params:
    """Return when the role was last used, which only GetRole and GetAccountAuthorizationDetails show."""
    use = last_uses.latest(ctx.tx, role.id)
    return {"RoleLastUsed": {"LastUsedDate": use.at, "Region": use.region} if use else {}}


def boundary_and_tags(ctx: Context, role: Entity) -> Params:
    """Return the boundary and the tags, which ListRoles leaves out."""
    tags = tag_list(ctx.tx.tags(role.arn))
    return shown_boundary(role.boundary) | ({"Tags": tags} if tags else {})
