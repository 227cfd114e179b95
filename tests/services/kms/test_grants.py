"""Grants (https://docs.aws.amazon.com/kms/latest/developerguide/grants.html)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.principals import ACCOUNT, OTHER, allow, policy, user

USER = f"arn:aws:iam::{ACCOUNT}:user/grantee"
Client = Callable[..., Any]


@pytest.fixture
def grantee(client: Client) -> Any:
    """A user without any policy."""
    return client("kms", **user(client, "grantee"))


def refused(call: Callable[[], Any], code: str = "AccessDeniedException") -> None:
    with pytest.raises(ClientError) as error:
        call()
    assert error.value.response["Error"]["Code"] == code


def test_a_grant_allows_what_no_policy_does_until_it_is_revoked(kms: Any, key: str, grantee: Any) -> None:
    refused(lambda: grantee.encrypt(KeyId=key, Plaintext=b"x"))
    made = kms.create_grant(KeyId=key, GranteePrincipal=USER, Operations=["Encrypt"])
    blob = grantee.encrypt(KeyId=key, Plaintext=b"x", GrantTokens=[made["GrantToken"]])["CiphertextBlob"]
    refused(lambda: grantee.decrypt(CiphertextBlob=blob))
    (shown,) = kms.list_grants(KeyId=key)["Grants"]
    assert (shown["GrantId"], shown["GranteePrincipal"], shown["KeyId"]) == (made["GrantId"], USER, key)
    assert (shown["Operations"], shown["IssuingAccount"]) == (["Encrypt"], f"arn:aws:iam::{ACCOUNT}:root")
    kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])
    refused(lambda: grantee.encrypt(KeyId=key, Plaintext=b"x"))
    refused(lambda: kms.revoke_grant(KeyId=key, GrantId=made["GrantId"]), "NotFoundException")


def test_a_deny_outweighs_a_grant(client: Client, kms: Any, key: str, grantee: Any) -> None:
    kms.create_grant(KeyId=key, GranteePrincipal=USER, Operations=["Encrypt"])
    deny = {**allow("kms:Encrypt"), "Effect": "Deny"}
    client("iam").put_user_policy(UserName="grantee", PolicyName="p", PolicyDocument=policy(deny))
    refused(lambda: grantee.encrypt(KeyId=key, Plaintext=b"x"))


@pytest.mark.parametrize(
    ("constraints", "context", "holds"),
    [
        ({"EncryptionContextEquals": {"a": "1"}}, {"a": "1"}, True),
        ({"EncryptionContextEquals": {"a": "1"}}, {"a": "1", "b": "2"}, False),
        ({"EncryptionContextEquals": {"a": "1"}}, {"A": "1"}, False),
        ({"EncryptionContextEquals": {"a": "1"}}, {}, False),
        ({"EncryptionContextSubset": {"a": "1"}}, {"a": "1", "b": "2"}, True),
        ({"EncryptionContextSubset": {"a": "1"}}, {"a": "2", "b": "1"}, False),
    ],
)
def test_constraints(kms: Any, key: str, grantee: Any, constraints: Any, context: Any, holds: bool) -> None:
    kms.create_grant(
        KeyId=key, GranteePrincipal=USER, Operations=["Encrypt", "DescribeKey"], Constraints=constraints
    )
    call = lambda: grantee.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)  # noqa: E731
    assert call()["KeyId"] == key if holds else refused(call) is None
    assert grantee.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    assert kms.list_grants(KeyId=key)["Grants"][0]["Constraints"] == constraints


def test_a_grant_with_a_name_is_made_once(kms: Any, key: str) -> None:
    """API reference, CreateGrant: identical requests with a Name return the same grant id, with another token or not."""
    asked = {
        "KeyId": key,
        "GranteePrincipal": USER.replace("user/grantee", "root"),
        "Operations": ["Decrypt"],
    }
    first = kms.create_grant(**asked, Name="n")
    assert kms.create_grant(**asked, Name="n")["GrantId"] == first["GrantId"]
    assert kms.create_grant(**asked)["GrantId"] != kms.create_grant(**asked)["GrantId"]
    assert len(kms.list_grants(KeyId=key)["Grants"]) == 3


def test_a_grant_that_grants(kms: Any, key: str, grantee: Any) -> None:
    """ "The child grant cannot allow more than its parent" (Grant constraints)."""
    within = {"EncryptionContextSubset": {"a": "1"}}
    kms.create_grant(
        KeyId=key, GranteePrincipal=USER, Operations=["CreateGrant", "Encrypt"], Constraints=within
    )
    asked = {"KeyId": key, "GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:root", "Operations": ["Encrypt"]}
    refused(lambda: grantee.create_grant(**asked))
    refused(lambda: grantee.create_grant(**{**asked, "Operations": ["Decrypt"]}, Constraints=within))
    narrower = {"EncryptionContextEquals": {"a": "1", "b": "2"}}
    assert grantee.create_grant(**asked, Constraints=narrower)["GrantId"]


def test_who_may_retire_a_grant(client: Client, kms: Any, key: str, grantee: Any) -> None:
    retiring = client("kms", **user(client, "retiring"))
    principal = f"arn:aws:iam::{ACCOUNT}:user/retiring"

    def made(*operations: str, **more: Any) -> dict[str, Any]:
        asked = {"KeyId": key, "GranteePrincipal": USER, "Operations": ["Encrypt", *operations], **more}
        return kms.create_grant(**asked)

    one, two, three = made(RetiringPrincipal=principal), made("RetireGrant"), made()
    refused(lambda: grantee.retire_grant(GrantToken=one["GrantToken"]))
    refused(lambda: retiring.retire_grant(KeyId=key, GrantId=two["GrantId"]))
    listed = kms.list_retirable_grants(RetiringPrincipal=principal)["Grants"]
    assert [grant["GrantId"] for grant in listed] == [one["GrantId"]]
    retiring.retire_grant(KeyId=key, GrantId=one["GrantId"])
    grantee.retire_grant(GrantToken=two["GrantToken"])
    kms.retire_grant(GrantToken=three["GrantToken"])
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_a_grant_for_another_account(client: Client, kms: Any, key: str, other: dict[str, str]) -> None:
    stranger = client("kms", **other)
    refused(lambda: stranger.generate_data_key(KeyId=key, KeySpec="AES_256"))
    kms.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{OTHER}:root", Operations=["GenerateDataKey"])
    assert stranger.generate_data_key(KeyId=key, KeySpec="AES_256")["KeyId"] == key


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"Operations": ["Sign"]}, "ValidationException"),
        ({"GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:user/none"}, "InvalidArnException"),
        ({"GrantTokens": ["bm9uZQ=="]}, "InvalidGrantTokenException"),
        ({"DryRun": True}, "DryRunOperationException"),
        ({"Constraints": {"EncryptionContextSubset": {"a": "x" * 400}}}, "ValidationException"),
    ],
)
def test_what_no_grant_can_be(kms: Any, key: str, asked: dict[str, Any], code: str) -> None:
    usual = {"KeyId": key, "GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:root", "Operations": ["Encrypt"]}
    refused(lambda: kms.create_grant(**{**usual, **asked}), code)
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_grants_are_listed_page_by_page(kms: Any, key: str) -> None:
    asked = {"KeyId": key, "GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:root", "Operations": ["Encrypt"]}
    made = sorted(kms.create_grant(**asked)["GrantId"] for _ in range(3))
    pages = kms.get_paginator("list_grants").paginate(KeyId=key, PaginationConfig={"PageSize": 2})
    assert [grant["GrantId"] for page in pages for grant in page["Grants"]] == made
    assert len(kms.list_grants(KeyId=key, GrantId=made[1])["Grants"]) == 1
