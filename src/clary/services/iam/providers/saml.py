"""SAML providers: whose assertions roles may trust (AssumeRoleWithSAML)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from clary.kernel import AwsError
from clary.plane import Also, Context
from clary.services.iam import entities, errors
from clary.services.iam.entities import Entity
from clary.services.iam.providers import facts, metadata, registry
from clary.services.iam.providers.facts import SAML
from clary.services.iam.providers.registry import operation
from clary.services.iam.tags import put_tags

Params = dict[str, Any]
_ARN = "SAMLProviderArn"
_ON = f"{{{_ARN}}}"
_MISSING = "Manifest not found for arn {arn}"
_YEARS = 100  # for which metadata is good that says no end (aws-cli's example of get-saml-provider)


def _new(ctx: Context, params: Mapping[str, Any]) -> list[str]:
    return [registry.arn_of(ctx, SAML, params["Name"])]


@operation("Name SAMLMetadataDocument Tags", on=_new, also=(Also("iam:TagSAMLProvider", "Tags"),))
def create_saml_provider(ctx: Context, params: Params) -> Params:
    name = params["Name"]
    doc = _read(ctx, params["SAMLMetadataDocument"])
    if entities.get(ctx.tx, ctx.account, SAML, name):
        raise AwsError("EntityAlreadyExists", f"SAMLProvider with name {name} already exists.", 409)
    registry.check_quota(ctx, SAML, "SAMLProvidersPerAccount")
    provider = entities.create(ctx, SAML, name, "/", doc=doc)
    facts.keep_metadata(ctx.tx, provider, params["SAMLMetadataDocument"])
    put_tags(ctx, provider.arn, params.get("Tags"))
    return {_ARN: provider.arn, **registry.tags_member(ctx, provider.arn)}


@operation(on=_ON)
def get_saml_provider(ctx: Context, params: Params) -> Params:
    provider = _find(ctx, params[_ARN])
    return {
        "SAMLProviderUUID": provider.id,
        "SAMLMetadataDocument": facts.metadata_of(ctx.tx, provider),
        "CreateDate": provider.created,
        "ValidUntil": provider.doc["until"],
        **registry.tags_member(ctx, provider.arn),
    }


@operation(on=lambda ctx, params: [registry.arn_of(ctx, SAML, "*")])
def list_saml_providers(ctx: Context, params: Params) -> Params:
    found = entities.list_all(ctx.tx, ctx.account, SAML)
    return {
        "SAMLProviderList": [
            {"Arn": one.arn, "ValidUntil": one.doc["until"], "CreateDate": one.created} for one in found
        ]
    }


@operation(f"{_ARN} SAMLMetadataDocument", on=_ON)
def update_saml_provider(ctx: Context, params: Params) -> Params:
    """Put other metadata in the place of the provider's. Raise InvalidInput without any."""
    provider = _find(ctx, params[_ARN])
    document = params.get("SAMLMetadataDocument")
    if not document:
        raise errors.invalid_input(
            "Unable to update identity provider. No updates are defined for metadata or encryption assertion."
        )
    registry.change(ctx, provider, **_read(ctx, document))
    facts.keep_metadata(ctx.tx, provider, document)
    return {_ARN: provider.arn}


@operation(_ARN, on=_ON)
def delete_saml_provider(ctx: Context, params: Params) -> Params:
    provider = _find(ctx, params[_ARN])
    facts.forget_metadata(ctx.tx, provider)
    entities.delete(ctx.tx, provider)
    return {}


def _find(ctx: Context, arn: str) -> Entity:
    return registry.find(ctx, SAML, arn, _MISSING)


registry.tagging("SAMLProvider", _ARN, _find)


def _read(ctx: Context, document: str) -> Params:
    """Return what a provider keeps of its metadata."""
    found = metadata.parse(document)
    until = found.until if found.until is not None else _in_years(ctx.now)
    return {"issuer": found.issuer, "certificates": list(found.certificates), "until": until}


def _in_years(now: float) -> float:
    moment = datetime.fromtimestamp(now, UTC)
    day = min(moment.day, 28)
    return moment.replace(year=moment.year + _YEARS, day=day).timestamp()
