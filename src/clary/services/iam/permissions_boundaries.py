"""Permissions boundaries of users and roles."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.iam import entities, errors, managed_policies
from clary.services.iam.service import NAMES, answer, named

Params = dict[str, Any]


def check_boundary(ctx: Context, arn: str | None) -> str:
    """Return the ARN of the requested boundary, '' if none. Raise NoSuchEntity unless the policy exists."""
    if not arn:
        return ""
    managed_policies.parse_policy_arn(arn)
    if managed_policies.find_document(ctx.tx, ctx.partition, ctx.account, arn) is None:
        raise errors.no_such_entity(f"Scope ARN: {arn} does not exist or is not attachable.")
    return arn


def shown(boundary: str) -> Params:
    """Return the member that shows a boundary; empty if there is none.

    AWS answers the type `Policy`, although its model has another value (awsdocs/iam-user-guide#82).
    """
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
            raise errors.no_such_entity(f"{kind.capitalize()} {entity.name} has no permissions boundary.")
        entities.update(ctx.tx, entity, entity.evolve(boundary=""))
        return {}

    return delete_boundary


for _kind, _word in (("user", "User"), ("role", "Role")):
    answer(f"Put{_word}PermissionsBoundary", _put(_kind), named(_kind))
    answer(f"Delete{_word}PermissionsBoundary", _delete(_kind), named(_kind))

__all__ = ["check_boundary", "shown"]
