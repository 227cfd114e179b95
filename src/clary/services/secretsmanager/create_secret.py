"""CreateSecret (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html)."""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Also, Context, Members, Record, revise
from clary.services.secretsmanager import secret, stages, tags, versions
from clary.services.secretsmanager.errors import invalid_request
from clary.services.secretsmanager.names import SECRET, Params, check_name, new_arn, new_target
from clary.services.secretsmanager.service import secretsmanager
from clary.services.secretsmanager.versions import Value

_ACCEPTS = Members("Name ClientRequestToken Description KmsKeyId SecretBinary SecretString Tags")
_TAGGING = Also("secretsmanager:TagResource", "Tags")


@secretsmanager.operation(on=new_target, accepts=_ACCEPTS, also=(_TAGGING,))
def create_secret(ctx: Context, params: Params) -> Params:
    """Create a secret, with a first version if there is a value. Raise ResourceExistsException, unless the same request was
    made before."""
    check_name(params["Name"])
    token, value = versions.token_in(params), versions.value_in(params)
    given = tags.of_request(params)
    old = ctx.tx.get(SECRET.kind, ctx.scope, params["Name"])
    if old is not None:
        return _as_before(ctx, old, token, value)
    spec = {"Description": params.get("Description"), "KmsKeyId": params.get("KmsKeyId")}
    record = secret.new(ctx, params["Name"], new_arn(ctx, params["Name"]), spec)
    if value is not None:
        versions.add(ctx, record.arn, token, secret.kms_key(record), value)
        record = revise(record, private={"stages": {stages.CURRENT: token}})
    ctx.tx.insert(record)
    if given:
        ctx.tx.tag(record.arn, given)
    return secret.named(record) | ({"VersionId": token} if value is not None else {})


def _as_before(ctx: Context, old: Record, token: str, value: Value | None) -> Params:
    """Answer a request that was made before. Raise AWS's error for another one."""
    if old.status == secret.MARKED:
        raise invalid_request(
            "You can't create this secret because a secret with this name is already scheduled for deletion."
        )
    if versions.is_there(ctx, old.arn, token, value):
        return secret.named(old) | {"VersionId": token}
    said = f"The operation failed because the secret {old.id} already exists."  # recorded: test_secret_exists_snapshots
    raise AwsError("ResourceExistsException", said)
