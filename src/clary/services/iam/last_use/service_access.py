"""Reports of the services that a user, group, role or policy allows, and when they were last used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.kernel.errors import not_implemented
from clary.plane import Context
from clary.services.iam import entities, errors, managed_policies, relations
from clary.services.iam.effective_policies import policies_of
from clary.services.iam.entities import Entity
from clary.services.iam.last_use import granted, names, reports, rows
from clary.services.iam.service import iam, operation

Params = dict[str, Any]
_BY_NAME = {"user": "USER", "group": "GROUP", "role": "ROLE"}


@iam.operation(on="{Arn}", lane="compute")
def generate_service_last_accessed_details(ctx: Context, params: Params) -> Params:
    """Make the report, which is complete when this answers."""
    if params.get("Granularity", "SERVICE_LEVEL") != "SERVICE_LEVEL":
        raise not_implemented("iam", f"{ctx.op.name} with Granularity {params['Granularity']}")
    id = ctx.platform.ids.uuid()
    with ctx.transaction() as inner:
        report = _report(inner, params["Arn"])
    with ctx.transaction(write=True) as inner:
        reports.add(inner, id, report)
    return {"JobId": id}


@operation()
def get_service_last_accessed_details(ctx: Context, params: Params) -> Params:
    created, report = _found(ctx, params)
    page, more = entities.paginate(ctx, params, report["services"], lambda one: one["ServiceNamespace"])
    return {**_job(created), "JobType": "SERVICE_LEVEL", "ServicesLastAccessed": page, **more}


@operation()
def get_service_last_accessed_details_with_entities(ctx: Context, params: Params) -> Params:
    """Return who could use one of the report's services, and when each did."""
    created, report = _found(ctx, params)
    namespace = params["ServiceNamespace"]
    if namespace not in [one["ServiceNamespace"] for one in report["services"]]:
        raise errors.no_such_entity(f"The service namespace {namespace} is not in the report.")
    shown = [
        {"EntityInfo": one["info"]} | _at(one["used"].get(names.signing_name(namespace)))
        for one in report["entities"]
    ]
    page, more = entities.paginate(ctx, params, shown, lambda one: one["EntityInfo"]["Arn"])
    return {**_job(created), "EntityDetailsList": page, **more}


def subject(ctx: Context, arn: str) -> Entity:
    """Return the user, group, role or policy of an ARN. Raise NoSuchEntity, or InvalidInput for another kind."""
    if ":policy/" in arn:
        return managed_policies.find(ctx, arn)
    found = entities.by_arn(ctx.tx, arn)
    if found is None or found.account != ctx.account:
        raise errors.no_such_entity(f"ARN {arn} does not exist or is not attachable.")
    if found.kind not in _BY_NAME:
        raise errors.invalid_input(f"ARN {arn} is not that of a user, group, role or policy.")
    return found


def _report(ctx: Context, arn: str) -> Params:
    """Return the services that the policies allow, and the users and roles that have these policies."""
    entity = subject(ctx, arn)
    known = names.known(ctx)
    texts = [text for _, text in policies_of(ctx.tx, entity)] if entity.kind != "policy" else _text(ctx, arn)
    allowed = {one for text in texts for one in granted.services_of(text, known)}
    people = [{"info": _info(one), "used": _used(ctx, one)} for one in _people(ctx, entity)]
    return {"services": [_service(one, known[one], people) for one in sorted(allowed)], "entities": people}


def _text(ctx: Context, arn: str) -> list[str]:
    text = managed_policies.find_document(ctx.tx, ctx.partition, ctx.account, arn)
    return [text] if text else []


def _people(ctx: Context, entity: Entity) -> list[Entity]:
    """Return the users and roles that have the policies of an entity."""
    if entity.kind == "group":
        return relations.members_of(ctx.tx, entity.id)
    if entity.kind != "policy":
        return [entity]
    attached = relations.attached_entities(ctx, entity.arn)
    groups = [
        user for one in attached if one.kind == "group" for user in relations.members_of(ctx.tx, one.id)
    ]
    found = {one.id: one for one in (*attached, *groups) if one.kind != "group"}
    return list(found.values())


def _used(ctx: Context, entity: Entity) -> dict[str, Any]:
    return {service: use._asdict() for service, use in rows.of_principal(ctx.tx, entity.id).items()}


def _service(prefix: str, name: str, people: list[Params]) -> Params:
    uses = [
        one["used"][names.signing_name(prefix)] for one in people if names.signing_name(prefix) in one["used"]
    ]
    shown: Params = {"ServiceName": name, "ServiceNamespace": prefix, "TotalAuthenticatedEntities": len(uses)}
    if not uses:
        return shown
    last = max(uses, key=lambda use: use["at"])
    return shown | {
        "LastAuthenticated": last["at"],
        "LastAuthenticatedEntity": last["arn"],
        "LastAuthenticatedRegion": last["region"],
    }


def _info(entity: Entity) -> Params:
    kind = _BY_NAME[entity.kind]
    return {"Arn": entity.arn, "Name": entity.name, "Type": kind, "Id": entity.id, "Path": entity.path}


def _at(use: Mapping[str, Any] | None) -> Params:
    return {"LastAuthenticated": use["at"]} if use else {}


def _job(created: float) -> Params:
    return {"JobStatus": "COMPLETED", "JobCreationDate": created, "JobCompletionDate": created}


def _found(ctx: Context, params: Params) -> tuple[float, Params]:
    """Return when the report was made, and the report. Raise NoSuchEntity."""
    found = reports.get(ctx, "access", params["JobId"])
    if found is None:
        raise errors.no_such_entity(f"Job with id {params['JobId']} does not exist.")
    return found
