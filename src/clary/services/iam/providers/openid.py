"""OpenID Connect providers: issuers of tokens that roles may trust (AssumeRoleWithWebIdentity)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from clary.kernel import AwsError
from clary.plane import Also, Context
from clary.plane.https import Place, Unreachable, certificates_of
from clary.services.iam import entities, errors
from clary.services.iam.entities import Entity
from clary.services.iam.providers import registry
from clary.services.iam.providers.facts import OIDC
from clary.services.iam.providers.registry import operation
from clary.services.iam.tags import put_tags
from clary.store.api import Tx

Params = dict[str, Any]
_ARN = "OpenIDConnectProviderArn"
_ON = f"{{{_ARN}}}"
_MISSING = "OpenIDConnect Provider not found for arn {arn}"
# IAM quotas, and CreateOpenIDConnectProvider (API reference).
_MOST_CLIENTS = 100
_MOST_THUMBPRINTS = 5
_THUMBPRINT = re.compile(r"[0-9A-Fa-f]{40}")


def _new(ctx: Context, params: Mapping[str, Any]) -> list[str]:
    return [registry.arn_of(ctx, OIDC, params["Url"].removeprefix("https://"))]


@operation(
    "Url ClientIDList ThumbprintList Tags", on=_new, also=(Also("iam:TagOpenIDConnectProvider", "Tags"),)
)
async def create_open_id_connect_provider(ctx: Context, params: Params) -> Params:
    """Create a provider. Without thumbprints, ask its server for its certificate."""
    place = _place(params["Url"])
    clients: list[str] = list(dict.fromkeys(params.get("ClientIDList") or ()))
    thumbprints = _checked(params.get("ThumbprintList") or ())
    name = params["Url"].removeprefix("https://")
    await ctx.transact(lambda tx: _refuse_known(replace(ctx, tx=tx), name))
    thumbprints = thumbprints or [await _thumbprint(ctx, place)]

    def create(tx: Tx) -> Params:
        return _create(replace(ctx, tx=tx), name, clients, thumbprints, params.get("Tags"))

    return await ctx.transact(create, write=True)


def _create(
    ctx: Context, name: str, clients: list[str], thumbprints: list[str], tags: list[dict[str, str]] | None
) -> Params:
    _refuse_known(ctx, name)
    registry.check_quota(ctx, OIDC, "OpenIdConnectProvidersPerAccount")
    _check_clients(clients)
    doc = {"clients": clients, "thumbprints": thumbprints}
    provider = entities.create(ctx, OIDC, name, "/", doc=doc)
    put_tags(ctx, provider.arn, tags)
    return {_ARN: provider.arn, **registry.tags_member(ctx, provider.arn)}


@operation(on=_ON)
def get_open_id_connect_provider(ctx: Context, params: Params) -> Params:
    provider = _find(ctx, params[_ARN])
    return {
        "Url": provider.name,
        "ClientIDList": provider.doc["clients"],
        "ThumbprintList": provider.doc["thumbprints"],
        "CreateDate": provider.created,
        **registry.tags_member(ctx, provider.arn),
    }


@operation(on=lambda ctx, params: [registry.arn_of(ctx, OIDC, "*")])
def list_open_id_connect_providers(ctx: Context, params: Params) -> Params:
    found = entities.list_all(ctx.tx, ctx.account, OIDC)
    return {"OpenIDConnectProviderList": [{"Arn": provider.arn} for provider in found]}


@operation(_ARN, on=_ON)
def delete_open_id_connect_provider(ctx: Context, params: Params) -> Params:
    """Delete a provider. Roles keep what they trust; "attempts to assume them fail" (API reference)."""
    entities.delete(ctx.tx, _find(ctx, params[_ARN]))
    return {}


@operation(f"{_ARN} ThumbprintList", on=_ON)
def update_open_id_connect_provider_thumbprint(ctx: Context, params: Params) -> Params:
    provider = _find(ctx, params[_ARN])
    thumbprints = _checked(params["ThumbprintList"])
    if not thumbprints:
        raise errors.invalid_input("Thumbprint list must contain at least one entry.")
    registry.change(ctx, provider, thumbprints=thumbprints)
    return {}


@operation(f"{_ARN} ClientID", on=_ON)
def add_client_id_to_open_id_connect_provider(ctx: Context, params: Params) -> Params:
    """Add an audience; one that is there already changes nothing (API reference)."""
    provider = _find(ctx, params[_ARN])
    clients = list(dict.fromkeys([*provider.doc["clients"], params["ClientID"]]))
    _check_clients(clients)
    registry.change(ctx, provider, clients=clients)
    return {}


@operation(f"{_ARN} ClientID", on=_ON)
def remove_client_id_from_open_id_connect_provider(ctx: Context, params: Params) -> Params:
    """Remove an audience; one that is not there is no error (API reference)."""
    provider = _find(ctx, params[_ARN])
    registry.change(ctx, provider, clients=[id for id in provider.doc["clients"] if id != params["ClientID"]])
    return {}


def _find(ctx: Context, arn: str) -> Entity:
    return registry.find(ctx, OIDC, arn, _MISSING)


registry.tagging("OpenIDConnectProvider", _ARN, _find)


def _place(url: str) -> Place:
    """Return the server of an issuer. Raise ValidationError for what is no issuer's URL.

    "Path components are allowed but query parameters are not" (API reference). A port is taken, unlike on AWS.
    """
    try:
        place = Place.of(url)
    except ValueError:
        raise errors.validation_error("Invalid Open ID Connect Provider URL") from None
    if any(letter in url for letter in "?#*"):
        raise errors.validation_error("Invalid Open ID Connect Provider URL")
    return place


def _checked(thumbprints: Sequence[str]) -> list[str]:
    if len(thumbprints) > _MOST_THUMBPRINTS:
        raise errors.invalid_input("Thumbprint list must contain fewer than 5 entries.")
    for one in thumbprints:
        if not _THUMBPRINT.fullmatch(one):
            raise errors.invalid_input("Invalid thumbprint. It must be 40 hexadecimal characters.")
    return [one.lower() for one in dict.fromkeys(thumbprints)]


def _check_clients(clients: Sequence[str]) -> None:
    if len(clients) > _MOST_CLIENTS:
        raise errors.over_quota("ClientIdsPerOpenIdConnectProvider", _MOST_CLIENTS)


def _refuse_known(ctx: Context, name: str) -> None:
    if entities.get(ctx.tx, ctx.account, OIDC, name):
        raise AwsError("EntityAlreadyExists", f"Provider with url https://{name} already exists.", 409)


async def _thumbprint(ctx: Context, place: Place) -> str:
    """Return the SHA-1 of the last certificate that a server presents: of its authority, where it shows that one
    (User Guide, "Obtain the thumbprint for an OpenID Connect identity provider")."""
    try:
        presented = await certificates_of(ctx.platform.extras["outbound"], place)
    except Unreachable:
        message = f"Could not reach the identity provider at https://{place.authority} for its certificate."
        raise AwsError("OpenIdIdpCommunicationError", message) from None
    return hashlib.sha1(presented[-1], usedforsecurity=False).hexdigest()
