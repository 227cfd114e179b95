"""STS for users of other identity providers: nobody signs, and what the call carries speaks for the caller."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clary.services.sts.federation.key_sets import Key
from tests.security.matrix.callers import document
from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import World
from tests.support import saml
from tests.support.issuers import Issuer, rsa_key


class _Keys:
    """Stands for what was fetched from the issuer."""

    async def keys(self, provider: Any, token: Any, now: float) -> Any:
        return (Key("first", "RS256", rsa_key().private.public_key()),)


def web_identity(w: World) -> Params:
    return {**w.once("web identity", _trusting), "RoleSessionName": "session"}


def _trusting(w: World) -> Params:
    w.platform.extras["issuers"] = _Keys()
    issuer, iam = Issuer("https://issuer.example", "0" * 40, Path()), w.client("iam")
    provider = iam.create_open_id_connect_provider(
        Url=issuer.url, ClientIDList=["sts.amazonaws.com"], ThumbprintList=[issuer.thumbprint]
    )["OpenIDConnectProviderArn"]
    principal = {"Federated": provider}
    trust = document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRoleWithWebIdentity"})
    role = iam.create_role(RoleName=w.fresh("role"), AssumeRolePolicyDocument=trust)["Role"]
    return {"RoleArn": role["Arn"], "WebIdentityToken": issuer.token()}


def assertion(w: World) -> Params:
    iam, name = w.client("iam"), w.fresh("corp")
    provider = iam.create_saml_provider(Name=name, SAMLMetadataDocument=saml.metadata())["SAMLProviderArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithSAML",
    }
    role = iam.create_role(RoleName=w.fresh("role"), AssumeRolePolicyDocument=document(statement))["Role"][
        "Arn"
    ]
    said = {f"{saml.AWS}Role": f"{role},{provider}", f"{saml.AWS}RoleSessionName": "session"}
    response = saml.encoded(saml.with_signed_assertion(saml.response(said)))
    return {"RoleArn": role, "PrincipalArn": provider, "SAMLAssertion": response}


CASES = {
    "AssumeRoleWithSAML": Case(assertion, Outcome.FEDERATED),
    "AssumeRoleWithWebIdentity": Case(web_identity, Outcome.FEDERATED),
}
