"""SAML providers (https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateSAMLProvider.html)."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from tests.conftest import ACCOUNT
from tests.support import saml
from tests.support.principals import Client
from tests.support.refusals import refusal, refused

ARN = f"arn:aws:iam::{ACCOUNT}:saml-provider/Corp"
UNREADABLE = ("InvalidInput", "Could not parse metadata.")


@pytest.fixture
def iam(client: Client) -> Any:
    return client("iam")


def create(iam: Any, document: str = "", name: str = "Corp", **more: Any) -> str:
    made = iam.create_saml_provider(Name=name, SAMLMetadataDocument=document or saml.metadata(), **more)
    return made["SAMLProviderArn"]


def test_the_life_of_a_provider(iam: Any) -> None:
    tags = [{"Key": "team", "Value": "ml"}]
    assert create(iam, Tags=tags) == ARN
    shown = iam.get_saml_provider(SAMLProviderArn=ARN)
    assert shown["SAMLMetadataDocument"] == saml.metadata()
    assert shown["Tags"] == tags
    assert re.fullmatch("[A-Z0-9]{22,64}", shown["SAMLProviderUUID"])  # the model's pattern
    (listed,) = iam.list_saml_providers()["SAMLProviderList"]
    assert (listed["Arn"], listed["CreateDate"]) == (ARN, shown["CreateDate"])
    # aws-cli's example of get-saml-provider: 100 years where the metadata says no end.
    assert shown["ValidUntil"].year == shown["CreateDate"].year + 100
    new = saml.metadata(entity="https://other.example", validUntil=saml.moment(3600))
    assert iam.update_saml_provider(SAMLProviderArn=ARN, SAMLMetadataDocument=new)["SAMLProviderArn"] == ARN
    shown = iam.get_saml_provider(SAMLProviderArn=ARN)
    assert shown["SAMLMetadataDocument"] == new
    assert shown["ValidUntil"].timestamp() < time.time() + 3601
    iam.delete_saml_provider(SAMLProviderArn=ARN)
    assert iam.list_saml_providers()["SAMLProviderList"] == []
    assert refusal(lambda: iam.get_saml_provider(SAMLProviderArn=ARN))[0] == "NoSuchEntity"


def test_a_provider_is_there_once(iam: Any) -> None:
    create(iam)
    assert refused(iam.create_saml_provider, Name="Corp", SAMLMetadataDocument=saml.metadata())[:2] == (
        "EntityAlreadyExists",
        409,
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1],
        lambda text: text.replace("EntityDescriptor", "Other"),
        lambda text: text.replace("IDPSSODescriptor", "SPSSODescriptor"),
        lambda text: text.replace("entityID", "other"),
        lambda text: text.replace('use="signing"', 'use="encryption"'),
        lambda text: text.replace("<ds:X509Certificate>MI", "<ds:X509Certificate>XX"),
        lambda text: text.replace("<ds:X509Certificate>", "<ds:X509Certificate>&amp;"),
        lambda text: text.replace("<?xml version=\"1.0\"?>", '<?xml version="1.0"?><!DOCTYPE a>'),
        lambda text: text.replace("entityID=", 'validUntil="soon" entityID='),
    ],
)  # fmt: skip
def test_metadata_that_cannot_be_read(iam: Any, change: Any) -> None:
    """IAM User Guide, "Troubleshoot SAML federation with IAM"."""
    assert refusal(lambda: create(iam, change(saml.metadata()))) == UNREADABLE
    create(iam)
    update = iam.update_saml_provider
    assert (
        refusal(lambda: update(SAMLProviderArn=ARN, SAMLMetadataDocument=change(saml.metadata())))
        == UNREADABLE
    )
    assert iam.get_saml_provider(SAMLProviderArn=ARN)["SAMLMetadataDocument"] == saml.metadata()


def test_an_update_of_nothing(iam: Any) -> None:
    create(iam)
    assert refusal(lambda: iam.update_saml_provider(SAMLProviderArn=ARN)) == (
        "InvalidInput",
        "Unable to update identity provider. No updates are defined for metadata or encryption assertion.",
    )


def test_private_keys_are_not_here(iam: Any) -> None:
    for more in ({"AddPrivateKey": "key"}, {"AssertionEncryptionMode": "Required"}):
        assert refusal(lambda more=more: create(iam, **more))[0] == "NotImplemented"


def test_tags(iam: Any) -> None:
    arn = {"SAMLProviderArn": create(iam)}
    iam.tag_saml_provider(**arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    iam.untag_saml_provider(**arn, TagKeys=["a"])
    assert iam.list_saml_provider_tags(**arn)["Tags"] == [{"Key": "b", "Value": "2"}]
