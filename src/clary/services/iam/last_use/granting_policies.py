"""ListPoliciesGrantingServiceAccess: the policies of a user, group or role that allow something of a service."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.iam import entities, errors, managed_policies, relations
from clary.services.iam.entities import Entity
from clary.services.iam.last_use import granted
from clary.services.iam.last_use.service_access import subject
from clary.services.iam.service import operation

Params = dict[str, Any]
_PAGE = 100


@operation(on="{Arn}")
def list_policies_granting_service_access(ctx: Context, params: Params) -> Params:
    entity = subject(ctx, params["Arn"])
    if entity.kind == "policy":
        raise errors.invalid_input(f"ARN {entity.arn} is not that of a user, group or role.")
    wanted = list(dict.fromkeys(params["ServiceNamespaces"]))
    asked = {"Marker": params["Marker"]} if "Marker" in params else {}
    page, more = entities.paginate(ctx, {**asked, "MaxItems": _PAGE}, wanted, str)
    held = [(shown, granted.services_of(text, wanted)) for shown, text in _policies(ctx, entity)]
    found = [
        {"ServiceNamespace": one, "Policies": [shown for shown, allowed in held if one in allowed]}
        for one in page
    ]
    return {"PoliciesGrantingServiceAccess": found, **more}


def _policies(ctx: Context, entity: Entity) -> list[tuple[Params, str]]:
    """Return the policies of an entity, and those of a user's groups, as answers show them, with their texts."""
    groups = relations.containers_of(ctx.tx, entity.id) if entity.kind == "user" else []
    found: list[tuple[Params, str]] = []
    for holder in (entity, *groups):
        found += _inline(ctx, holder)
        found += _managed(ctx, holder)
    return found


def _inline(ctx: Context, holder: Entity) -> list[tuple[Params, str]]:
    of = {"EntityType": holder.kind.upper(), "EntityName": holder.name}
    held = relations.inline_policies(ctx.tx, holder.id)
    return [({"PolicyName": name, "PolicyType": "INLINE", **of}, text) for name, text in held.items()]


def _managed(ctx: Context, holder: Entity) -> list[tuple[Params, str]]:
    arns = relations.attached_policies(ctx.tx, holder.id)
    texts = [(arn, managed_policies.find_document(ctx.tx, ctx.partition, ctx.account, arn)) for arn in arns]
    return [
        ({"PolicyName": arn.rsplit("/", 1)[-1], "PolicyType": "MANAGED", "PolicyArn": arn}, text)
        for arn, text in texts
        if text
    ]
