"""Key policies: who may use a key (https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html).

Sentences of refusals: "Troubleshoot access denied error messages" (IAM User Guide), and for keys of other accounts
onnela-lab/beiwe-backend#363.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.principals import ACCOUNT, OTHER, allow, policy, user

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
Client = Callable[..., Any]


def statement(principal: Any, action: Any = "kms:*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", **more}


def denied(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    return error["Message"]


def test_the_default_policy_leaves_it_to_iam(client: Client, kms: Any, key: str) -> None:
    """Its text is the one of ReplicateKey's recorded answer."""
    assert json.loads(kms.get_key_policy(KeyId=key)["Policy"]) == {
        "Id": "key-default-1",
        "Statement": [{**statement({"AWS": ROOT}), "Sid": "Enable IAM User Permissions"}],
        "Version": "2012-10-17",
    }
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]
    may = client("kms", **user(client, "may", allow("kms:Encrypt")))
    may_not = client("kms", **user(client, "may-not"))
    assert may.encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key
    says = f"on resource: {key} because no identity-based policy allows the kms:Encrypt action"
    assert denied(lambda: may_not.encrypt(KeyId=key, Plaintext=b"x")).endswith(says)


def test_iam_counts_only_if_the_key_policy_lets_the_account_in(client: Client, kms: Any) -> None:
    """Developer Guide: "Unless the key policy explicitly allows it, you cannot use IAM policies to allow access"."""
    named, admin = user(client, "named"), user(client, "admin", allow("kms:*"))
    mine = policy(statement({"AWS": f"arn:aws:iam::{ACCOUNT}:user/named"}))
    made = kms.create_key(Policy=mine, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]
    key = made["Arn"]
    says = f"on resource: {key} because no resource-based policy allows the kms:Encrypt action"
    for who in (client("kms", **admin), kms):
        assert denied(lambda: who.encrypt(KeyId=key, Plaintext=b"x")).endswith(says)  # noqa: B023
    assert client("kms", **named).encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key


def test_an_explicit_deny_is_said_so(client: Client, kms: Any, key: str) -> None:
    deny = {**statement("*", "kms:Decrypt"), "Effect": "Deny"}
    kms.put_key_policy(KeyId=key, Policy=policy(statement({"AWS": ROOT}), deny))
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert denied(lambda: kms.decrypt(CiphertextBlob=blob)).endswith(
        "with an explicit deny in a resource-based policy"
    )


def test_another_account_needs_both_policies(
    client: Client, kms: Any, key: str, other: dict[str, str]
) -> None:
    stranger = client("kms", **other)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    why = (
        "because the resource does not exist in this Region, no resource-based policies allow access, or a "
        "resource-based policy explicitly denies access"
    )
    who = f"User: arn:aws:iam::{OTHER}:root is not authorized to perform: kms:"
    assert (
        denied(lambda: stranger.encrypt(KeyId=key, Plaintext=b"x")) == f"{who}Encrypt on this resource {why}"
    )
    missing = key[:-4] + "0000"
    assert (
        denied(lambda: stranger.encrypt(KeyId=missing, Plaintext=b"x"))
        == f"{who}Encrypt on this resource {why}"
    )
    assert denied(lambda: stranger.decrypt(CiphertextBlob=blob)) == (
        f"{who}Decrypt on the resource associated with this ciphertext {why}"
    )
    shared = policy(statement({"AWS": ROOT}), statement({"AWS": f"arn:aws:iam::{OTHER}:root"}))
    kms.put_key_policy(KeyId=key, Policy=shared)
    assert stranger.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    theirs = lambda *more, **named: client(*more, **{**other, **named})  # noqa: E731
    poor = client("kms", **user(theirs, "poor"))
    says = f"on resource: {key} because no identity-based policy allows the kms:Decrypt action"
    assert denied(lambda: poor.decrypt(CiphertextBlob=blob)).endswith(says)
    assert "does not exist in this Region" in denied(lambda: stranger.disable_key(KeyId=key))


def test_an_alias_of_another_account_tells_nothing(
    client: Client, kms: Any, key: str, other: dict[str, str]
) -> None:
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    stranger = client("kms", **other)
    said = {
        denied(lambda: stranger.describe_key(KeyId=f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/{name}"))  # noqa: B023
        for name in ("a", "none")
    }
    assert len(said) == 1
    assert key not in said.pop()


@pytest.mark.parametrize(
    ("condition", "asked", "holds"),
    [
        ({"kms:EncryptionContext:App": "one"}, {"EncryptionContext": {"App": "one"}}, True),
        ({"kms:EncryptionContext:App": "one"}, {"EncryptionContext": {"App": "two"}}, False),
        ({"kms:EncryptionContext:App": "one"}, {}, False),
        ({"kms:EncryptionContextKeys": "App"}, {"EncryptionContext": {"App": "two"}}, True),
        ({"kms:EncryptionContextKeys": "App"}, {"EncryptionContext": {"app": "two"}}, False),
        ({"kms:CallerAccount": ACCOUNT}, {}, True),
        ({"kms:CallerAccount": OTHER}, {}, False),
        ({"kms:ViaService": "s3.us-east-1.amazonaws.com"}, {}, False),
        (
            {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"},
            {"EncryptionAlgorithm": "SYMMETRIC_DEFAULT"},
            True,
        ),
        (
            {
                "kms:KeySpec": "SYMMETRIC_DEFAULT",
                "kms:KeyUsage": "ENCRYPT_DECRYPT",
                "kms:KeyOrigin": "AWS_KMS",
            },
            {},
            True,
        ),
        ({"kms:KeySpec": "RSA_2048"}, {}, False),
        ({"kms:MultiRegion": "false"}, {}, True),
        ({"kms:RequestAlias": "alias/a"}, {"KeyId": "alias/a"}, True),
        ({"kms:RequestAlias": "alias/a"}, {}, False),
        ({"aws:ResourceTag/team": "blue"}, {}, True),
    ],
)
def test_conditions(client: Client, kms: Any, key: str, condition: Any, asked: Any, holds: bool) -> None:
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "team", "TagValue": "blue"}])
    named = client("kms", **user(client, "named"))
    may = statement(
        {"AWS": f"arn:aws:iam::{ACCOUNT}:user/named"}, "kms:Encrypt", Condition={"StringEquals": condition}
    )
    kms.put_key_policy(KeyId=key, Policy=policy(statement({"AWS": ROOT}), may))
    call = lambda: named.encrypt(**{"KeyId": key, "Plaintext": b"x", **asked})  # noqa: E731
    if holds:
        assert call()["KeyId"] == key
    else:
        assert "kms:Encrypt" in denied(call)


def test_resource_aliases(client: Client, kms: Any, key: str) -> None:
    condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/a"}}
    named = client("kms", **user(client, "named", {**allow("kms:DescribeKey"), "Condition": condition}))
    denied(lambda: named.describe_key(KeyId=key))
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    assert named.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key


def test_a_policy_that_would_lock_its_author_out(client: Client, kms: Any, key: str) -> None:
    """The sentence is the one of many reports, such as hashicorp/terraform-provider-aws#245."""
    user(client, "named")
    closed = policy(statement({"AWS": f"arn:aws:iam::{ACCOUNT}:user/named"}))
    says = "The new key policy will not allow you to update the key policy in the future."
    for call in (
        lambda: kms.put_key_policy(KeyId=key, Policy=closed),
        lambda: kms.create_key(Policy=closed),
    ):
        with pytest.raises(ClientError) as refused:
            call()
        error = refused.value.response["Error"]
        assert error == {"Code": "MalformedPolicyDocumentException", "Message": says}
    assert len(kms.list_keys()["Keys"]) == 1
    kms.put_key_policy(KeyId=key, Policy=closed, BypassPolicyLockoutSafetyCheck=True)
    denied(lambda: kms.get_key_policy(KeyId=key))


@pytest.mark.parametrize(
    "text",
    [
        "{",
        policy({"Effect": "Allow", "Action": "kms:*", "Resource": "*"}),
        policy(statement({"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody"})),
        policy(statement({"AWS": ROOT}, Condition={"Nonsense": {"a": "b"}})),
    ],
)
def test_what_is_no_key_policy(kms: Any, key: str, text: str) -> None:
    before = kms.get_key_policy(KeyId=key)["Policy"]
    with pytest.raises(ClientError, match="MalformedPolicyDocumentException"):
        kms.put_key_policy(KeyId=key, Policy=text)
    assert kms.get_key_policy(KeyId=key)["Policy"] == before


def test_a_policy_has_one_name(kms: Any, key: str) -> None:
    with pytest.raises(ClientError, match="NotFoundException"):
        kms.get_key_policy(KeyId=key, PolicyName="another")
