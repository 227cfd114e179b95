"""OpenID Connect providers (https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clary.server.assemble import Options
from tests.conftest import ACCOUNT, ROOT_KEY, ROOT_SECRET
from tests.support.issuers import issuer_on_loopback
from tests.support.principals import Client, allow, user
from tests.support.refusals import refusal, refused

URL = "https://token.actions.githubusercontent.com"
ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
THUMBPRINT = "6938fd4d98bab03faadb97b34396831e3780aea1"


@pytest.fixture
def options() -> Options:
    return Options(
        account=ACCOUNT, access_key_id=ROOT_KEY, secret_access_key=ROOT_SECRET, outbound_allow=("loopback",)
    )


@pytest.fixture
def iam(client: Client) -> Any:
    return client("iam")


def create(iam: Any, url: str = URL, **more: Any) -> str:
    usual = {"ClientIDList": ["sts.amazonaws.com"], "ThumbprintList": [THUMBPRINT]}
    return iam.create_open_id_connect_provider(Url=url, **{**usual, **more})["OpenIDConnectProviderArn"]


def test_the_life_of_a_provider(iam: Any) -> None:
    tags = [{"Key": "team", "Value": "ml"}]
    made = iam.create_open_id_connect_provider(
        Url=URL, ClientIDList=["b", "a"], ThumbprintList=[THUMBPRINT.upper()], Tags=tags
    )
    assert (made["OpenIDConnectProviderArn"], made["Tags"]) == (ARN, tags)
    shown = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=ARN)
    assert shown["Url"] == "token.actions.githubusercontent.com"
    assert shown["ClientIDList"] == ["b", "a"]
    assert shown["ThumbprintList"] == [THUMBPRINT]
    assert shown["Tags"] == tags
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == [{"Arn": ARN}]
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=ARN)
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
    code, message = refusal(lambda: iam.get_open_id_connect_provider(OpenIDConnectProviderArn=ARN))
    assert (code, message) == ("NoSuchEntity", f"OpenIDConnect Provider not found for arn {ARN}")


def test_a_path_is_part_of_the_name(iam: Any) -> None:
    """As Amazon EKS has one for each cluster."""
    url = "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE"
    assert create(iam, url) == f"arn:aws:iam::{ACCOUNT}:oidc-provider/{url.removeprefix('https://')}"


def test_a_provider_is_there_once(iam: Any) -> None:
    create(iam)
    assert refused(iam.create_open_id_connect_provider, Url=URL, ThumbprintList=[THUMBPRINT]) == (
        "EntityAlreadyExists",
        409,
        f"Provider with url {URL} already exists.",
    )


@pytest.mark.parametrize(
    "url",
    ["http://issuer.example", "issuer.example", "https://", "https://a b", "https://u:p@issuer.example",
     "https://issuer.example/?a=b", "https://issuer.example/#a", "https://*.example", "https://issüer.example"],
)  # fmt: skip
def test_what_is_no_issuers_url(iam: Any, url: str) -> None:
    code, message = refusal(lambda: create(iam, url))
    assert (code, message) == ("ValidationError", "Invalid Open ID Connect Provider URL")
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []


def test_audiences(iam: Any) -> None:
    arn = {"OpenIDConnectProviderArn": create(iam)}
    for _ in range(2):  # "idempotent: it does not fail if you add an existing client ID"
        iam.add_client_id_to_open_id_connect_provider(**arn, ClientID="second")
    assert iam.get_open_id_connect_provider(**arn)["ClientIDList"] == ["sts.amazonaws.com", "second"]
    for _ in range(2):
        iam.remove_client_id_from_open_id_connect_provider(**arn, ClientID="sts.amazonaws.com")
    assert iam.get_open_id_connect_provider(**arn)["ClientIDList"] == ["second"]


def test_limits(iam: Any) -> None:
    many = [f"client-{n}" for n in range(101)]
    assert refusal(lambda: create(iam, ClientIDList=many))[0] == "LimitExceeded"
    assert refusal(lambda: create(iam, ThumbprintList=[THUMBPRINT[:-1] + digit for digit in "012345"])) == (
        "InvalidInput",
        "Thumbprint list must contain fewer than 5 entries.",
    )
    assert refusal(lambda: create(iam, ThumbprintList=["x" * 40]))[0] == "InvalidInput"
    arn = create(iam, ClientIDList=many[:100])
    add = iam.add_client_id_to_open_id_connect_provider
    assert refusal(lambda: add(OpenIDConnectProviderArn=arn, ClientID="more"))[0] == "LimitExceeded"
    update = iam.update_open_id_connect_provider_thumbprint
    assert refusal(lambda: update(OpenIDConnectProviderArn=arn, ThumbprintList=[]))[0] == "InvalidInput"


def test_a_hundred_providers_and_no_more(iam: Any) -> None:
    for n in range(100):
        create(iam, f"https://issuer-{n}.example")
    assert refusal(lambda: create(iam)) == (
        "LimitExceeded",
        "Cannot exceed quota for OpenIdConnectProvidersPerAccount: 100",
    )


def test_without_a_thumbprint_the_server_is_asked(iam: Any, tmp_path: Path) -> None:
    """ "IAM will retrieve and use the top intermediate certificate authority (CA) thumbprint" (API reference)."""
    with issuer_on_loopback(tmp_path) as issuer:
        made = iam.create_open_id_connect_provider(Url=issuer.url)
    shown = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=made["OpenIDConnectProviderArn"])
    assert shown["ThumbprintList"] == [issuer.thumbprint]
    create = iam.create_open_id_connect_provider
    assert refusal(lambda: create(Url=f"{issuer.url}/other"))[0] == "OpenIdIdpCommunicationError"


def test_tags(iam: Any) -> None:
    arn = {"OpenIDConnectProviderArn": create(iam)}
    iam.tag_open_id_connect_provider(**arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    iam.untag_open_id_connect_provider(**arn, TagKeys=["A"])
    assert iam.list_open_id_connect_provider_tags(**arn)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_members_that_are_not_there(iam: Any) -> None:
    context = {"SubjectSourceKey": "sub"}
    assert refusal(lambda: create(iam, ContextProvider=context))[0] == "NotImplemented"


def test_who_may(client: Client) -> None:
    """Service Authorization Reference: the resource is the provider's ARN, and tags need a right of their own."""
    ann = client("iam", **user(client, "ann", allow("iam:CreateOpenIDConnectProvider", ARN)))
    assert create(ann) == ARN
    assert refusal(lambda: create(ann, "https://elsewhere.example"))[0] == "AccessDenied"
    tags = [{"Key": "a", "Value": "b"}]
    code, message = refusal(lambda: create(ann, Tags=tags))
    assert code == "AccessDenied"
    assert "iam:TagOpenIDConnectProvider" in message
    get = ann.get_open_id_connect_provider
    assert refusal(lambda: get(OpenIDConnectProviderArn=ARN))[0] == "AccessDenied"
