"""A secret's record: how it begins and changes, and what operations show of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.plane import Context, Record, revise
from clary.services.secretsmanager import stages
from clary.services.secretsmanager.errors import marked_for_deletion
from clary.services.secretsmanager.names import SECRET, Params, load

_SHOWN = ("LastChangedDate", "LastAccessedDate", "CreatedDate")
MARKED = "PlannedDeletion"


def new(ctx: Context, name: str, arn: str, spec: Mapping[str, Any]) -> Record:
    """Return the record of a secret that is not stored yet."""
    doc = {
        "spec": {member: value for member, value in spec.items() if value},
        "status": {"CreatedDate": ctx.now, "LastChangedDate": ctx.now},
        "private": {"stages": {}},
    }
    return Record(SECRET.kind, ctx.scope, name, arn, "Active", doc, created=ctx.now, modified=ctx.now)


def usable(ctx: Context, given: str) -> Record:
    """Return a secret. Raise ResourceNotFoundException, and InvalidRequestException where it is marked for deletion."""
    record = load(ctx, given)
    if record.status == MARKED:
        raise marked_for_deletion()
    return record


def changed(ctx: Context, record: Record, **parts: Any) -> Record:
    """Return a secret with changes in its document, as changed now."""
    observed = {**parts.pop("observed", {}), "LastChangedDate": ctx.now}
    return revise(record, observed=observed, **parts, modified=ctx.now)


def labels(record: Record) -> stages.Stages:
    return record.private["stages"]


def kms_key(record: Record) -> str:
    """Return the key of a secret, '' for the account's aws/secretsmanager."""
    return record.spec.get("KmsKeyId", "")


def named(record: Record) -> Params:
    """Return how most answers name a secret."""
    return {"ARN": record.arn, "Name": record.id}


def described(record: Record, tags: Mapping[str, str]) -> Params:
    """Return all of a secret but its values and the labels of its versions."""
    shown = named(record) | {
        name: record.spec[name] for name in ("Description", "KmsKeyId") if name in record.spec
    }
    shown |= {name: record.observed[name] for name in _SHOWN if name in record.observed}
    if tags:
        shown["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return shown
