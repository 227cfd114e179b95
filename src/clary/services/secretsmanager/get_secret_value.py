"""GetSecretValue: the value of a version, and the day on which it was read."""

from __future__ import annotations

from clary.plane import Context, Record, revise
from clary.services.secretsmanager import secret, stages, versions
from clary.services.secretsmanager.errors import invalid_request, no_value
from clary.services.secretsmanager.names import Params, target
from clary.services.secretsmanager.service import secretsmanager
from clary.services.secretsmanager.versions import Version

_DAY = 86_400


@secretsmanager.operation(on=target)
def get_secret_value(ctx: Context, params: Params) -> Params:
    """Return a version's value: the current one's by default. Raise ResourceNotFoundException."""
    record = secret.usable(ctx, params["SecretId"])
    version = _wanted(ctx, record, params)
    value = versions.opened(ctx, record.arn, version)
    _touch(ctx, record, version)
    return {
        **secret.named(record),
        "VersionId": version.id,
        **value.shown,
        "VersionStages": stages.of(secret.labels(record), version.id),
        "CreatedDate": version.created,
    }


def _wanted(ctx: Context, record: Record, params: Params) -> Version:
    """Return the version that a request means by its id, its label or both."""
    label, id = params.get("VersionStage"), params.get("VersionId")
    labelled = secret.labels(record).get(label or stages.CURRENT)
    if id is None:
        version = versions.get(ctx.tx, record.arn, labelled) if labelled else None
        if version is None:
            raise no_value(f"staging label: {label or stages.CURRENT}")
        return version
    version = versions.get(ctx.tx, record.arn, id)
    if version is None:
        raise no_value(f"VersionId: {id}")
    if label and labelled != id:
        raise invalid_request("You provided a VersionStage that is not associated to the provided VersionId.")
    return version


def _touch(ctx: Context, record: Record, version: Version) -> None:
    """Write down the day of this call at the secret and the version, where it is a new one: the time of a day is not kept, as
    on AWS. So the first read of a day is made in a transaction that writes."""
    day = ctx.now // _DAY * _DAY
    if version.accessed == day and record.observed.get("LastAccessedDate") == day:
        return
    ctx.begin_to_write()
    versions.touch(ctx.tx, record.arn, version.id, day)
    ctx.tx.update(revise(record, observed={"LastAccessedDate": day}))
