"""A program with a token in a file gets a role from a platform of real processes, as a pod does (AWS SDKs and Tools Reference
Guide, "Assume role credential provider"): boto3, HTTP, uvloop, TLS to the issuer."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import saml
from tests.support.issuers import issuer_on_loopback
from tests.support.live import Live, short_folder
from tests.support.principals import trust

_SUBJECT = "repo:acme/models:ref:refs/heads/main"
_PROGRAM = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    folder = short_folder()
    found = Live(folder / "home", env={"CLARY_OUTBOUND_ALLOW": "loopback", "CLARY_SLOW_TURNS": "0.1"}).start()
    yield found
    held = found.slow_turns()
    found.clear()
    shutil.rmtree(folder)
    assert held == []


def test_a_token_in_a_file(live: Live, tmp_path: Path) -> None:
    with issuer_on_loopback(tmp_path) as issuer:
        iam = live.client("iam")
        provider = iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=["sts.amazonaws.com"])
        condition = {"StringLike": {f"{issuer.name}:sub": "repo:acme/*:ref:refs/heads/main"}}
        document = trust(
            {"Federated": provider["OpenIDConnectProviderArn"]},
            "sts:AssumeRoleWithWebIdentity",
            Condition=condition,
        )
        role = iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        for subject, expected in ((_SUBJECT, "assumed-role/deploy/run-7"), ("repo:evil/x", "AccessDenied")):
            token = tmp_path / "token"
            token.write_text(issuer.token(sub=subject))
            assert expected in _said(live, tmp_path, role, token)


def _said(live: Live, folder: Path, role: str, token: Path) -> str:
    """What a program says that knows of nothing but its environment."""
    environment = {
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
        "AWS_ROLE_ARN": role,
        "AWS_ROLE_SESSION_NAME": "run-7",
        "AWS_ENDPOINT_URL": live.endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": str(folder),
    }
    ended = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env=environment, capture_output=True, text=True, timeout=60
    )
    return ended.stdout + ended.stderr


def test_a_saml_assertion(live: Live) -> None:
    iam = live.client("iam")
    provider = iam.create_saml_provider(Name="Corp", SAMLMetadataDocument=saml.metadata())["SAMLProviderArn"]
    document = trust({"Federated": provider}, "sts:AssumeRoleWithSAML")
    role = iam.create_role(RoleName="analyst", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    said = {f"{saml.AWS}Role": f"{role},{provider}", f"{saml.AWS}RoleSessionName": "ann"}
    assertion = saml.encoded(saml.with_signed_assertion(saml.response(said)))
    answer = live.client("sts").assume_role_with_saml(
        RoleArn=role, PrincipalArn=provider, SAMLAssertion=assertion
    )
    assert answer["AssumedRoleUser"]["Arn"].endswith("assumed-role/analyst/ann")


def test_a_policy_is_validated(live: Live) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]})
    found = live.client("accessanalyzer").validate_policy(
        policyDocument=document, policyType="IDENTITY_POLICY"
    )
    assert {one["issueCode"] for one in found["findings"]} == {"MISSING_ACTION", "MISSING_RESOURCE"}
