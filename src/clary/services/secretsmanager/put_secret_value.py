"""PutSecretValue and UpdateSecret: a new version, and what else of a secret changes.

Sources: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html, …/API_UpdateSecret.html.
"""

from __future__ import annotations

from collections.abc import Sequence

from clary.kernel import AwsError
from clary.plane import Context, Members, Record
from clary.services.secretsmanager import secret, stages, versions
from clary.services.secretsmanager.errors import invalid_request
from clary.services.secretsmanager.names import Params, target
from clary.services.secretsmanager.service import secretsmanager
from clary.services.secretsmanager.versions import Value

_PUT = Members("SecretId ClientRequestToken SecretBinary SecretString VersionStages")
_UPDATE = Members("SecretId ClientRequestToken Description KmsKeyId SecretBinary SecretString")
# "Secrets Manager re-encrypts the versions with these labels" when the key changes.
_SEALED_AGAIN = (stages.CURRENT, stages.PENDING, stages.PREVIOUS)


@secretsmanager.operation(on=target, accepts=_PUT)
def put_secret_value(ctx: Context, params: Params) -> Params:
    """Add a version with labels, AWSCURRENT by default. Raise ResourceExistsException where the token is another value's."""
    token, value = versions.token_in(params), versions.value_in(params)
    if value is None:
        raise invalid_request("You must provide either SecretString or SecretBinary.")
    record = secret.usable(ctx, params["SecretId"])
    labels = params.get("VersionStages") or [stages.CURRENT]
    if not versions.is_there(ctx, record.arn, token, value):
        record = _with_version(ctx, record, token, value, labels)
    held = stages.of(secret.labels(record), token)
    # As they were asked for, then others: getmoto/moto#4851 tried it against AWS.
    shown = [label for label in labels if label in held] + [label for label in held if label not in labels]
    return {**secret.named(record), "VersionId": token, "VersionStages": shown}


@secretsmanager.operation(on=target, accepts=_UPDATE)
def update_secret(ctx: Context, params: Params) -> Params:
    """Change the description and the key of a secret, and add a current version if there is a value."""
    value = versions.value_in(params)
    token = versions.token_in(params) if value is not None else ""
    record = secret.usable(ctx, params["SecretId"])
    spec = {name: params[name] or None for name in ("Description", "KmsKeyId") if name in params}
    changes = bool(spec) or value is not None
    before = secret.kms_key(record)
    if changes:
        record = secret.changed(ctx, record, spec=spec)
    if value is not None and not versions.is_there(ctx, record.arn, token, value):
        record = _with_version(ctx, record, token, value, [stages.CURRENT])
    elif changes:
        record = ctx.tx.update(record)
    if value is None and secret.kms_key(record) != before:
        _seal_again(ctx, record)
    return secret.named(record) | ({"VersionId": token} if value is not None else {})


def _with_version(ctx: Context, record: Record, token: str, value: Value, labels: Sequence[str]) -> Record:
    """Write a new version. The first one of a secret is its current one, whatever labels it gets."""
    held = secret.labels(record)
    wanted = [*labels, *([] if held else [stages.CURRENT])]
    moved = stages.attached(held, wanted, token)
    versions.make_room(ctx, record.arn, set(moved.values()))
    versions.add(ctx, record.arn, token, secret.kms_key(record), value)
    return ctx.tx.update(secret.changed(ctx, record, private={"stages": moved}))


def _seal_again(ctx: Context, record: Record) -> None:
    """Encrypt labelled versions under the new key. Those that the caller may not read stay under the old one, as on AWS."""
    held = secret.labels(record)
    for id in {held[label] for label in _SEALED_AGAIN if label in held}:
        version = versions.get(ctx.tx, record.arn, id)
        if version is None:
            continue
        try:
            value = versions.opened(ctx, record.arn, version)
        except AwsError as error:
            if error.code not in ("AccessDeniedException", "DecryptionFailure"):
                raise
            continue
        versions.seal_again(ctx, record.arn, version, secret.kms_key(record), value)
