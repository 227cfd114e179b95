"""Permissions boundaries of users and roles."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.iam import entities, errors, managed_policies
from clary.services.iam.service import NAMES, answer, named

Params = dict[str, Any]


def check_boundary(ctx: Context, arn: str | None) -> str:
    """The boundary that a request names, if it may be one. Raises NoSuchEntity for a policy that is not there."""
    if not arn:
        return ""
    managed_policies.parse_policy_arn(arn)
    if managed_policies.find_document(ctx.tx, ctx.partition, ctx.account, arn) is None:
        raise errors.missing(f"Scope ARN: {arn} does not exist or is not attachable.")
    return arn


def shown(boundary: str) -> Params:
    """The member that shows a boundary; nothing where there is none. AWS says `Policy`, whatever its model allows
    (awsdocs/iam-user-guide#82)."""
    if not boundary:
        return {}
    return {
        "PermissionsBoundary": {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": boundary,
        }
    }


def _put(kind: str) -> Any:
    def put_boundary(ctx: Context, params: Params) -> Params:
        entity = entities.find(ctx, kind, params[NAMES[kind]])
        boundary = check_boundary(ctx, params["PermissionsBoundary"])
        entities.update(ctx.tx, entity, entity.evolve(boundary=boundary))
        return {}

    return put_boundary


def _delete(kind: str) -> Any:
    def delete_boundary(ctx: Context, params: Params) -> Params:
        entity = entities.find(ctx, kind, params[NAMES[kind]])
        if not entity.boundary:
            raise errors.missing(f"{kind.capitalize()} {entity.name} has no permissions boundary.")
        entities.update(ctx.tx, entity, entity.evolve(boundary=""))
        return {}

    return delete_boundary


for _kind, _word in (("user", "User"), ("role", "Role")):
    answer(f"Put{_word}PermissionsBoundary", _put(_kind), named(_kind))
    answer(f"Delete{_word}PermissionsBoundary", _delete(_kind), named(_kind))

__all__ = ["check_boundary", "shown"]
