"""Attach managed policies to users, groups and roles, detach and list them."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.iam import entities, errors, managed_policies, relations
from clary.services.iam.entities import Entity
from clary.services.iam.service import NAMES, answer, named, operation

Params = dict[str, Any]
# How many managed policies can be attached. AWS lets 10 be attached to a role, and up to 25 on request (IAM
# quotas). Here the request counts as granted: the role that version 3 of the SageMaker SDK creates has 11.
MOST = {"user": 10, "group": 10, "role": 25}
_QUOTAS = {"user": "PoliciesPerUser", "group": "PoliciesPerGroup", "role": "PoliciesPerRole"}


def attach(ctx: Context, entity: Entity, arn: str) -> None:
    """Attach a policy; do nothing if it is attached. Raise NoSuchEntity or LimitExceeded."""
    managed_policies.parse_policy_arn(arn)
    if managed_policies.find_document(ctx.tx, ctx.partition, ctx.account, arn) is None:
        raise errors.not_attachable(arn)
    held = relations.attached_policies(ctx.tx, entity.id)
    if arn in held:
        return
    if len(held) >= MOST[entity.kind]:
        raise errors.over_quota(_QUOTAS[entity.kind], MOST[entity.kind])
    ctx.tx.sql(
        "INSERT INTO iam_attachment (owner, policy_arn, attached) VALUES (?, ?, ?)", entity.id, arn, ctx.now
    )


def _attach(kind: str) -> Any:
    def attach_policy(ctx: Context, params: Params) -> Params:
        attach(ctx, entities.find(ctx, kind, params[NAMES[kind]]), params["PolicyArn"])
        return {}

    return attach_policy


def _detach(kind: str) -> Any:
    def detach_policy(ctx: Context, params: Params) -> Params:
        entity = entities.find(ctx, kind, params[NAMES[kind]])
        arn = params["PolicyArn"]
        managed_policies.parse_policy_arn(arn)
        if arn not in relations.attached_policies(ctx.tx, entity.id):
            raise errors.no_such_entity(f"Policy {arn} was not found.")
        ctx.tx.sql("DELETE FROM iam_attachment WHERE owner = ? AND policy_arn = ?", entity.id, arn)
        return {}

    return detach_policy


def _list(kind: str) -> Any:
    def list_attached(ctx: Context, params: Params) -> Params:
        entity = entities.find(ctx, kind, params[NAMES[kind]])
        prefix = params.get("PathPrefix", "/")
        held = [p for p in shown(ctx, entity) if p["PolicyArn"].partition(":policy")[2].startswith(prefix)]
        page, more = entities.paginate(ctx, params, held, lambda policy: policy["PolicyArn"])
        return {"AttachedPolicies": page, **more}

    return list_attached


def shown(ctx: Context, entity: Entity) -> list[Params]:
    """Return the managed policies of an entity as lists show them."""
    held = relations.attached_policies(ctx.tx, entity.id)
    return [{"PolicyName": arn.rsplit("/", 1)[-1], "PolicyArn": arn} for arn in held]


for _kind, _word in (("user", "User"), ("group", "Group"), ("role", "Role")):
    answer(f"Attach{_word}Policy", _attach(_kind), named(_kind))
    answer(f"Detach{_word}Policy", _detach(_kind), named(_kind))
    answer(f"ListAttached{_word}Policies", _list(_kind), named(_kind))


@operation(on="{PolicyArn}", lane="heavy_read")
def list_entities_for_policy(ctx: Context, params: Params) -> Params:
    policy = managed_policies.find(ctx, params["PolicyArn"])
    usage_filter = params.get("PolicyUsageFilter")
    found: list[Entity] = []
    if usage_filter != "PermissionsBoundary":
        found += relations.attached_entities(ctx, policy.arn)
    if usage_filter != "PermissionsPolicy":
        found += relations.bounded_entities(ctx, policy.arn)
    kind = {"User": "user", "Group": "group", "Role": "role"}.get(params.get("EntityFilter", ""))
    prefix = params.get("PathPrefix", "/")
    found = [e for e in found if e.path.startswith(prefix) and (kind is None or e.kind == kind)]
    page, more = entities.paginate(ctx, params, found, lambda entity: f"{entity.kind} {entity.name.lower()}")
    out: Params = {"PolicyGroups": [], "PolicyUsers": [], "PolicyRoles": [], **more}
    for entity in page:
        word = entity.kind.capitalize()
        out[f"Policy{word}s"].append({f"{word}Name": entity.name, f"{word}Id": entity.id})
    return out
