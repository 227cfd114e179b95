"""STS for users of other identity providers: nobody signs, and what the call carries speaks for the caller."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clary.services.sts.federation.key_sets import Key
from tests.security.matrix.callers import document
from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import World
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


CASES = {"AssumeRoleWithWebIdentity": Case(web_identity, Outcome.FEDERATED)}
