"""IAM's identity providers. Their ARNs name an account, and another account's are not found."""

from __future__ import annotations

from typing import Any

from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import MARKER, World
from tests.support.saml import metadata

_TAGS = [{"Key": "note", "Value": MARKER}]
_PRINT = ["0" * 40]


def openid(w: World) -> Params:
    made = w.client("iam").create_open_id_connect_provider(
        Url=f"https://{w.fresh('issuer')}.example", ClientIDList=[MARKER], ThumbprintList=_PRINT, Tags=_TAGS
    )
    return {"OpenIDConnectProviderArn": made["OpenIDConnectProviderArn"]}


def an_openid(w: World) -> Params:
    """One for all cases that take nothing away from it."""
    return w.once("openid", openid)


def plus(make: Any, **more: Any) -> Any:
    return lambda w: {**make(w), **more}


def _new_openid(w: World) -> Params:
    return {"Url": f"https://{w.fresh('issuer')}.example", "ThumbprintList": _PRINT}


def saml(w: World) -> Params:
    document = metadata(entity=f"https://{MARKER}.example")
    made = w.client("iam").create_saml_provider(
        Name=w.fresh("corp"), SAMLMetadataDocument=document, Tags=_TAGS
    )
    return {"SAMLProviderArn": made["SAMLProviderArn"]}


def a_saml(w: World) -> Params:
    return w.once("saml", saml)


def _new_saml(w: World) -> Params:
    return {"Name": w.fresh("corp"), "SAMLMetadataDocument": metadata()}


_MISSING, _OWN = Outcome.MISSING, Outcome.OWN
CASES = {
    "CreateSAMLProvider": Case(_new_saml, _OWN),
    "DeleteSAMLProvider": Case(saml, _MISSING),
    "GetSAMLProvider": Case(a_saml, _MISSING),
    "ListSAMLProviderTags": Case(a_saml, _MISSING),
    "ListSAMLProviders": Case(lambda w: {}, _OWN),
    "TagSAMLProvider": Case(plus(saml, Tags=[{"Key": "a", "Value": "b"}]), _MISSING),
    "UntagSAMLProvider": Case(plus(saml, TagKeys=["note"]), _MISSING),
    "UpdateSAMLProvider": Case(plus(saml, SAMLMetadataDocument=metadata()), _MISSING),
    "AddClientIDToOpenIDConnectProvider": Case(plus(openid, ClientID="a"), _MISSING),
    "CreateOpenIDConnectProvider": Case(_new_openid, _OWN),
    "DeleteOpenIDConnectProvider": Case(openid, _MISSING),
    "GetOpenIDConnectProvider": Case(an_openid, _MISSING),
    "ListOpenIDConnectProviderTags": Case(an_openid, _MISSING),
    "ListOpenIDConnectProviders": Case(lambda w: {}, _OWN),
    "RemoveClientIDFromOpenIDConnectProvider": Case(plus(openid, ClientID="a"), _MISSING),
    "TagOpenIDConnectProvider": Case(plus(openid, Tags=[{"Key": "a", "Value": "b"}]), _MISSING),
    "UntagOpenIDConnectProvider": Case(plus(openid, TagKeys=["note"]), _MISSING),
    "UpdateOpenIDConnectProviderThumbprint": Case(plus(openid, ThumbprintList=["1" * 40]), _MISSING),
}
