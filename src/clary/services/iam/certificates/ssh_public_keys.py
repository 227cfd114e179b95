"""SSH public keys of users. They are for CodeCommit, which is not here."""

from __future__ import annotations

from typing import Any

from clary.access.new_ids import access_key_id
from clary.plane import Context
from clary.services.iam import entities, errors
from clary.services.iam.certificates import rows, ssh_keys
from clary.services.iam.certificates.rows import Row
from clary.services.iam.service import named, operation
from clary.services.iam.users import named_user

Params = dict[str, Any]
_KIND = "ssh"
MOST = 5  # IAM quotas: SSH public keys of a user


@operation(on=named("user"))
def upload_ssh_public_key(ctx: Context, params: Params) -> Params:
    user = named_user(ctx, params)
    fingerprint = ssh_keys.fingerprint_of(ssh_keys.parse(params["SSHPublicKeyBody"]))
    if rows.is_known(ctx, _KIND, fingerprint, user.id):
        message = "The SSH public key is already associated with the specified IAM user."
        raise errors.AwsError("DuplicateSSHPublicKey", message)
    id = access_key_id("APKA", ctx.account)
    row = Row(id, ctx.account, user.id, _KIND, "Active", ctx.now, params["SSHPublicKeyBody"], fingerprint)
    rows.add(ctx, row, "SSHPublicKeysPerUser", MOST)
    return {"SSHPublicKey": _shown(user.name, row) | {"SSHPublicKeyBody": row.body}}


@operation(on=named("user"))
def get_ssh_public_key(ctx: Context, params: Params) -> Params:
    row = _found(ctx, params)
    body = ssh_keys.written(ssh_keys.parse(row.body), params["Encoding"])
    return {"SSHPublicKey": _shown(named_user(ctx, params).name, row) | {"SSHPublicKeyBody": body}}


@operation(on=named("user"))
def list_ssh_public_keys(ctx: Context, params: Params) -> Params:
    if not params.get("UserName") and ctx.caller.is_root:
        return {"SSHPublicKeys": [], "IsTruncated": False}
    user = named_user(ctx, params)
    found = rows.of_user(ctx.tx, ctx.account, user.id, _KIND)
    page, more = entities.paginate(ctx, params, found, lambda row: row.id)
    return {"SSHPublicKeys": [_shown(user.name, row) for row in page], **more}


@operation(on=named("user"))
def update_ssh_public_key(ctx: Context, params: Params) -> Params:
    rows.set_status(ctx, _found(ctx, params), params["Status"])
    return {}


@operation(on=named("user"))
def delete_ssh_public_key(ctx: Context, params: Params) -> Params:
    rows.delete(ctx.tx, _found(ctx, params))
    return {}


def _found(ctx: Context, params: Params) -> Row:
    return rows.find(ctx, named_user(ctx, params).id, _KIND, params["SSHPublicKeyId"])


def _shown(name: str, row: Row) -> Params:
    return {
        "UserName": name,
        "SSHPublicKeyId": row.id,
        "Fingerprint": row.fingerprint,
        "Status": row.status,
        "UploadDate": row.uploaded,
    }
