"""An issuer on loopback for each test, and its provider in IAM."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clary.server.assemble import Options
from tests.conftest import ACCOUNT, ROOT_KEY, ROOT_SECRET
from tests.support import saml
from tests.support.issuers import Issuer, issuer_on_loopback
from tests.support.principals import Client

# A SAML provider, a role that trusts it, and what an assertion says of it.
PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/Corp"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/analyst"
USUAL = {f"{saml.AWS}Role": f"{ROLE},{PROVIDER}", f"{saml.AWS}RoleSessionName": "ann@example.com"}


@pytest.fixture
def options() -> Options:
    """The platform may reach loopback, where the issuer is."""
    return Options(
        account=ACCOUNT, access_key_id=ROOT_KEY, secret_access_key=ROOT_SECRET, outbound_allow=("loopback",)
    )


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[Issuer]:
    with issuer_on_loopback(tmp_path) as found:
        yield found


@pytest.fixture
def provider(client: Client, issuer: Issuer) -> str:
    """The ARN of the issuer's provider."""
    made = client("iam").create_open_id_connect_provider(
        Url=issuer.url, ClientIDList=["sts.amazonaws.com"], ThumbprintList=[issuer.thumbprint]
    )
    return made["OpenIDConnectProviderArn"]


@pytest.fixture
def work(client: Client, provider: str) -> Callable[..., str]:
    """`work(Condition)`: the ARN of a new role that trusts the provider under a condition."""

    def make(condition: dict[str, Any] | None = None, action: Any = "sts:AssumeRoleWithWebIdentity") -> str:
        statement = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": action}
        if condition:
            statement["Condition"] = condition
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam = client("iam")
        allowed = {"Effect": "Allow", "Action": "iam:ListRoles", "Resource": "*"}
        arn = iam.create_role(RoleName="trainer", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        iam.put_role_policy(RoleName="trainer", PolicyName="p", PolicyDocument=document)
        return arn

    return make


@pytest.fixture
def assume(client: Client) -> Callable[..., Any]:
    """`assume(role, token)`, as any program does: without credentials."""

    def call(role: str, token: str, **more: Any) -> Any:
        sts = client("sts", key="", secret="")
        return sts.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="job-1", WebIdentityToken=token, **more
        )

    return call
