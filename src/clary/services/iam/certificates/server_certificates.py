"""Server certificates: uploaded with their private key, which is checked and not kept, since nothing here would use it."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.iam import entities, errors
from clary.services.iam.certificates import chains
from clary.services.iam.entities import Entity
from clary.services.iam.service import all_of, named, operation, renamed, tag_list, tagged
from clary.services.iam.tags import put_tags
from clary.services.iam.users import rename

Params = dict[str, Any]
_KIND = "server-certificate"
MOST = 20  # IAM quotas: server certificates of an account


@operation(on=named(_KIND), also=tagged(_KIND))
def upload_server_certificate(ctx: Context, params: Params) -> Params:
    """Keep a certificate and its chain, after a check of the chain and of the private key."""
    certificate = chains.parse(params["CertificateBody"])
    chains.check_validity(certificate, ctx.now)
    chains.check_key(certificate, params["PrivateKey"])
    if "CertificateChain" in params:
        chains.check_chain(certificate, params["CertificateChain"])
    doc = {"body": params["CertificateBody"], "expires": chains.expiry_of(certificate)}
    doc |= {"chain": params["CertificateChain"]} if "CertificateChain" in params else {}
    kept = _keep(ctx, params, doc)
    tags = tag_list(ctx.tx.tags(kept.arn))
    return {"ServerCertificateMetadata": _metadata(kept)} | ({"Tags": tags} if tags else {})


@operation(on=named(_KIND))
def get_server_certificate(ctx: Context, params: Params) -> Params:
    found = entities.find(ctx, _KIND, params["ServerCertificateName"])
    tags = tag_list(ctx.tx.tags(found.arn))
    shown = {"ServerCertificateMetadata": _metadata(found), "CertificateBody": found.doc["body"]}
    more = {"CertificateChain": found.doc["chain"]} if "chain" in found.doc else {}
    return {"ServerCertificate": shown | more | ({"Tags": tags} if tags else {})}


@operation(on=all_of(_KIND))
def list_server_certificates(ctx: Context, params: Params) -> Params:
    page, more = entities.page(ctx, _KIND, params)
    return {"ServerCertificateMetadataList": [_metadata(one) for one in page], **more}


@operation(on=renamed(_KIND))
def update_server_certificate(ctx: Context, params: Params) -> Params:
    found = entities.find(ctx, _KIND, params["ServerCertificateName"])
    rename(ctx, found, params.get("NewServerCertificateName"), params.get("NewPath"))
    return {}


@operation(on=named(_KIND))
def delete_server_certificate(ctx: Context, params: Params) -> Params:
    entities.delete(ctx.tx, entities.find(ctx, _KIND, params["ServerCertificateName"]))
    return {}


def _keep(ctx: Context, params: Params, doc: Params) -> Entity:
    """Return the new certificate. Raise EntityAlreadyExists or LimitExceeded."""
    kept = entities.create(ctx, _KIND, params["ServerCertificateName"], params.get("Path", "/"), doc=doc)
    if len(entities.list_all(ctx.tx, ctx.account, _KIND)) > MOST:
        raise errors.over_quota("ServerCertificatesPerAccount", MOST)
    put_tags(ctx, kept.arn, params.get("Tags"))
    return kept


def _metadata(certificate: Entity) -> Params:
    return {
        "Path": certificate.path,
        "ServerCertificateName": certificate.name,
        "ServerCertificateId": certificate.id,
        "Arn": certificate.arn,
        "UploadDate": certificate.created,
        "Expiration": certificate.doc["expires"],
    }
