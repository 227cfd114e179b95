"""X.509 signing certificates of users. No service here takes requests that they sign."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.iam import entities, errors
from clary.services.iam.certificates import chains, rows
from clary.services.iam.certificates.rows import Row
from clary.services.iam.service import named, operation
from clary.services.iam.users import named_user

Params = dict[str, Any]
_KIND = "signing"
MOST = 2  # IAM quotas: signing certificates of a user
_ID_BYTES = 16  # 32 upper-case hexadecimal digits


@operation(on=named("user"))
def upload_signing_certificate(ctx: Context, params: Params) -> Params:
    user = named_user(ctx, params)
    certificate = chains.parse(params["CertificateBody"])
    fingerprint = chains.fingerprint_of(certificate)
    if rows.is_known(ctx, _KIND, fingerprint):
        message = "The same certificate is associated with an IAM user in this account."
        raise errors.AwsError("DuplicateCertificate", message, 409)
    if not chains.is_valid_at(certificate, ctx.now):
        raise errors.AwsError("InvalidCertificate", "The certificate is not valid at this time.")
    id = ctx.platform.ids.hex(2 * _ID_BYTES).upper()
    row = Row(id, ctx.account, user.id, _KIND, "Active", ctx.now, params["CertificateBody"], fingerprint)
    rows.add(ctx, row, "CertificatesPerUser", MOST)
    return {"Certificate": _shown(user.name, row)}


@operation(on=named("user"))
def list_signing_certificates(ctx: Context, params: Params) -> Params:
    user = named_user(ctx, params)
    found = rows.of_user(ctx.tx, ctx.account, user.id, _KIND)
    page, more = entities.paginate(ctx, params, found, lambda row: row.id)
    return {"Certificates": [_shown(user.name, row) for row in page], **more}


@operation(on=named("user"))
def update_signing_certificate(ctx: Context, params: Params) -> Params:
    rows.set_status(ctx, _found(ctx, params), params["Status"])
    return {}


@operation(on=named("user"))
def delete_signing_certificate(ctx: Context, params: Params) -> Params:
    rows.delete(ctx.tx, _found(ctx, params))
    return {}


def _found(ctx: Context, params: Params) -> Row:
    return rows.find(ctx, named_user(ctx, params).id, _KIND, params["CertificateId"])


def _shown(name: str, row: Row) -> Params:
    return {
        "UserName": name,
        "CertificateId": row.id,
        "CertificateBody": row.body,
        "Status": row.status,
        "UploadDate": row.uploaded,
    }
