"""Who may read a secret: the KMS key that it is encrypted under, its resource policy, identity policies.

Sources: "Secret encryption and decryption" and "Resource-based policies" (user guide), and Secrets Manager's page of the
Service Authorization Reference.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.plane import Platform
from clary.server.accounts import ensure_account
from tests.conftest import ACCOUNT
from tests.support.refusals import refusal

VIA = "secretsmanager.us-east-1.amazonaws.com"
DENIED = ("AccessDeniedException", "Access to KMS is not allowed")


@pytest.fixture
def as_user(client: Callable[..., Any]) -> Callable[..., Any]:
    """`as_user("secretsmanager:*")`: a client of a user who may do these actions, or has these statements."""
    iam = client("iam")

    def make(*allowed: str | dict[str, Any]) -> Any:
        statements = [_allow(one) if isinstance(one, str) else one for one in allowed]
        iam.create_user(UserName="u")
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=policy)
        key = iam.create_access_key(UserName="u")["AccessKey"]
        return client("secretsmanager", key=key["AccessKeyId"], secret=key["SecretAccessKey"])

    return make


@pytest.fixture
def other(platform: Platform) -> dict[str, str]:
    """The access key of another account's root user, as parameters of `client`."""
    key, secret = "AKIAOTHEROTHEROTHER0", "other-secret-other-secret-other-secret-oth"
    with platform.store.write() as tx:
        ensure_account(tx, "444455556666", key, secret)
    return {"key": key, "secret": secret}


@pytest.fixture
def key(client: Callable[..., Any]) -> str:
    """A customer managed key."""
    return client("kms").create_key()["KeyMetadata"]["Arn"]


def _allow(action: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": "*", **more}


def _failure(verb: str) -> str:
    return f"Secrets Manager can't {verb} the protected secret text using the provided KMS key."


def test_the_accounts_own_key_needs_no_right(as_user: Callable[..., Any], secret: dict[str, Any]) -> None:
    """The policy of aws/secretsmanager lets everybody in who comes through Secrets Manager."""
    user = as_user("secretsmanager:*")
    assert user.get_secret_value(SecretId="s")["SecretString"] == "one"
    user.put_secret_value(SecretId="s", SecretString="two")


def test_a_key_of_a_user_s_own_needs_the_right_to_it(
    sm: Any, as_user: Callable[..., Any], key: str, client: Callable[..., Any]
) -> None:
    sm.create_secret(Name="k", SecretString="v", KmsKeyId=key)
    assert sm.describe_secret(SecretId="k")["KmsKeyId"] == key
    assert sm.list_secret_version_ids(SecretId="k")["Versions"][0]["KmsKeyIds"] == [key]
    user = as_user("secretsmanager:*")
    assert refusal(lambda: user.get_secret_value(SecretId="k")) == DENIED
    assert refusal(lambda: user.put_secret_value(SecretId="k", SecretString="w")) == DENIED
    assert refusal(lambda: user.create_secret(Name="l", SecretString="w", KmsKeyId=key)) == DENIED
    (failed,) = user.batch_get_secret_value(SecretIdList=["k"])["Errors"]
    assert (failed["ErrorCode"], failed["Message"]) == DENIED
    assert [entry["Name"] for entry in sm.list_secrets()["SecretList"]] == ["k"]


def test_a_right_to_the_key_through_secrets_manager_alone_and_for_one_secret(
    sm: Any, as_user: Callable[..., Any], key: str
) -> None:
    arn = sm.create_secret(Name="k", SecretString="v", KmsKeyId=key)["ARN"]
    sm.create_secret(Name="other", SecretString="v", KmsKeyId=key)
    through = {"kms:ViaService": VIA, "kms:EncryptionContext:SecretARN": arn}
    user = as_user("secretsmanager:*", _allow("kms:Decrypt", Condition={"StringEquals": through}))
    assert user.get_secret_value(SecretId="k")["SecretString"] == "v"
    assert refusal(lambda: user.get_secret_value(SecretId="other")) == DENIED


def test_a_disabled_key_opens_nothing(sm: Any, key: str, client: Callable[..., Any]) -> None:
    sm.create_secret(Name="k", SecretString="v", KmsKeyId=key, ClientRequestToken="1" * 32)
    client("kms").disable_key(KeyId=key)
    code, said = refusal(lambda: sm.get_secret_value(SecretId="k"))
    assert (code, said.startswith(_failure("decrypt"))) == ("DecryptionFailure", True)
    code, said = refusal(lambda: sm.put_secret_value(SecretId="k", SecretString="w"))
    assert (code, said.startswith(_failure("encrypt"))) == ("EncryptionFailure", True)
    # The same request again has to be compared with what there is.
    again = {"Name": "k", "SecretString": "v", "ClientRequestToken": "1" * 32}
    assert refusal(lambda: sm.create_secret(**again))[0] == "DecryptionFailure"
    client("kms").enable_key(KeyId=key)
    assert sm.get_secret_value(SecretId="k")["SecretString"] == "v"


def test_a_new_key_encrypts_labelled_versions_again(
    sm: Any, secret: dict[str, Any], key: str, client: Callable[..., Any]
) -> None:
    """ "Secrets Manager re-encrypts the versions AWSCURRENT, AWSPENDING and AWSPREVIOUS" ("Change the encryption key")."""
    for value in ("two", "three"):
        sm.put_secret_value(SecretId="s", SecretString=value)
    sm.update_secret(SecretId="s", KmsKeyId=key)
    shown = sm.list_secret_version_ids(SecretId="s", IncludeDeprecated=True)["Versions"]
    keys = {version["VersionId"]: version["KmsKeyIds"] for version in shown}
    assert keys.pop(secret["VersionId"]) == ["DefaultEncryptionKey"]
    assert list(keys.values()) == [[key], [key]]
    assert sm.get_secret_value(SecretId="s")["SecretString"] == "three"
    client("kms").disable_key(KeyId=key)
    assert refusal(lambda: sm.get_secret_value(SecretId="s"))[0] == "DecryptionFailure"
    assert sm.get_secret_value(SecretId="s", VersionId=secret["VersionId"])["SecretString"] == "one"


def test_a_version_that_is_moved_to_another_place_does_not_open(
    sm: Any, secret: dict[str, Any], platform: Platform
) -> None:
    """A ciphertext is bound to its secret and version."""
    other = sm.create_secret(Name="t", SecretString="two")
    with platform.store.write() as tx:
        (row,) = tx.sql("select data_key, sealed from secretsmanager_version where secret = ?", other["ARN"])
        tx.sql(
            "update secretsmanager_version set data_key = ?, sealed = ? where secret = ?", *row, secret["ARN"]
        )
    assert refusal(lambda: sm.get_secret_value(SecretId="s"))[0] == "DecryptionFailure"


def _policy(
    principal: str, effect: str = "Allow", action: str = "secretsmanager:GetSecretValue", **more: Any
) -> str:
    statement = {"Effect": effect, "Principal": {"AWS": principal}, "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_another_account_reads_by_policy_and_key(
    sm: Any, client: Callable[..., Any], other: dict[str, str]
) -> None:
    """ "Permissions to Secrets Manager secrets for users in a different account": the secret's policy, the key's policy, and
    the user's own; aws/secretsmanager does not work across accounts."""
    root = "arn:aws:iam::444455556666:root"
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]
    arn = sm.create_secret(Name="k", SecretString="v", KmsKeyId=key["Arn"])["ARN"]
    own = sm.create_secret(Name="own", SecretString="v")["ARN"]
    theirs = client("secretsmanager", **other)
    for secret_id in (arn, own, arn[:-7]):
        code, said = refusal(lambda secret_id=secret_id: theirs.get_secret_value(SecretId=secret_id))
        assert code == "AccessDeniedException"
        assert secret_id == arn or arn[-6:] not in said
    for secret_id in (arn, own):
        sm.put_resource_policy(SecretId=secret_id, ResourcePolicy=_policy(root))
        assert refusal(lambda secret_id=secret_id: theirs.get_secret_value(SecretId=secret_id)) == DENIED
    before = json.loads(kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"])
    before["Statement"].append(
        {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:Decrypt", "Resource": "*"}
    )
    kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=json.dumps(before))
    assert theirs.get_secret_value(SecretId=arn)["SecretString"] == "v"
    with pytest.raises(ClientError, match="AccessDeniedException"):
        theirs.describe_secret(SecretId=arn)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        theirs.get_secret_value(SecretId="k")


def test_a_policy_is_put_shown_deleted_and_denies(
    sm: Any, secret: dict[str, Any], as_user: Callable[..., Any]
) -> None:
    user = as_user("secretsmanager:*")
    policy = _policy(f"arn:aws:iam::{ACCOUNT}:user/u", "Deny")
    sm.put_resource_policy(SecretId="s", ResourcePolicy=policy)
    assert sm.get_resource_policy(SecretId="s")["ResourcePolicy"] == policy
    with pytest.raises(ClientError, match=r"AccessDeniedException.*explicit deny in a resource-based policy"):
        user.get_secret_value(SecretId="s")
    assert user.describe_secret(SecretId="s")["Name"] == "s"
    sm.delete_resource_policy(SecretId="s")
    assert "ResourcePolicy" not in sm.get_resource_policy(SecretId="s")
    assert user.get_secret_value(SecretId="s")["SecretString"] == "one"


@pytest.mark.parametrize(
    ("policy", "public"),
    [
        (_policy("*"), True),
        (_policy("*", Condition={"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}), True),
        (_policy("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}), False),
        (_policy("*", "Deny"), False),
        (_policy("444455556666"), False),
    ],
)
def test_public_policies_are_blocked_where_that_is_asked(
    sm: Any, secret: dict[str, Any], policy: str, public: bool
) -> None:
    put = {"SecretId": "s", "ResourcePolicy": policy}
    found = sm.validate_resource_policy(**put)
    assert (found["PolicyValidationPassed"], len(found["ValidationErrors"])) == (not public, int(public))
    if public:
        with pytest.raises(ClientError, match="PublicPolicyException"):
            sm.put_resource_policy(**put, BlockPublicPolicy=True)
        assert "ResourcePolicy" not in sm.get_resource_policy(SecretId="s")
    sm.put_resource_policy(**put, BlockPublicPolicy=not public)
    assert sm.get_resource_policy(SecretId="s")["ResourcePolicy"] == policy


@pytest.mark.parametrize(
    "policy",
    [
        "{",
        '{"Version": "2012-10-17"}',
        _policy("*", action="s3:GetObject"),
        _policy("nobody"),
        '{"Statement": []}',
    ],
)
def test_malformed_policies(sm: Any, secret: dict[str, Any], policy: str) -> None:
    for call in (sm.put_resource_policy, sm.validate_resource_policy):
        with pytest.raises(ClientError, match="MalformedPolicyDocumentException"):
            call(SecretId="s", ResourcePolicy=policy)


@pytest.mark.parametrize(
    ("condition", "allowed", "denied"),
    [
        ({"secretsmanager:VersionStage": "AWSCURRENT"}, {}, {"VersionStage": "AWSPREVIOUS"}),
        ({"secretsmanager:ResourceTag/team": "x"}, {}, {"SecretId": "t"}),
        ({"aws:ResourceTag/team": "x"}, {}, {"SecretId": "t"}),
    ],
)
def test_condition_keys_of_a_read(
    sm: Any,
    as_user: Callable[..., Any],
    condition: dict[str, str],
    allowed: dict[str, str],
    denied: dict[str, str],
) -> None:
    sm.create_secret(Name="s", SecretString="one", Tags=[{"Key": "team", "Value": "x"}])
    sm.create_secret(Name="t", SecretString="one")
    sm.put_secret_value(SecretId="s", SecretString="two")
    user = as_user(_allow("secretsmanager:GetSecretValue", Condition={"StringEquals": condition}))
    assert user.get_secret_value(**{"SecretId": "s", **allowed})["SecretString"] == "two"
    with pytest.raises(ClientError, match="AccessDeniedException"):
        user.get_secret_value(**{"SecretId": "s", **denied})


def test_a_key_can_be_demanded(as_user: Callable[..., Any], key: str) -> None:
    """ "Require that secrets are encrypted with a customer managed key" by secretsmanager:KmsKeyArn."""
    only = _allow(
        "secretsmanager:CreateSecret", Condition={"StringEquals": {"secretsmanager:KmsKeyArn": key}}
    )
    user = as_user(only, "kms:GenerateDataKey")
    for number, given in enumerate((key, key.rpartition("/")[2])):
        user.create_secret(Name=f"s{number}", SecretString="v", KmsKeyId=given)
    for other in ({}, {"KmsKeyId": "alias/aws/secretsmanager"}):
        with pytest.raises(ClientError, match="AccessDeniedException"):
            user.create_secret(Name="t", SecretString="v", **other)


def test_rights_to_names_that_begin_alike(sm: Any, as_user: Callable[..., Any]) -> None:
    """Policies name secrets with `-??????` or `*` for the random characters, and new ones alike."""
    base = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:"
    user = as_user(_allow("secretsmanager:*", Resource=[f"{base}dev/*", f"{base}one-??????"]))
    for name in ("dev/a", "one"):
        user.create_secret(Name=name, SecretString="v")
        assert user.get_secret_value(SecretId=name)["SecretString"] == "v"
    for name in ("prod/a", "one-two"):
        with pytest.raises(ClientError, match="AccessDeniedException"):
            user.create_secret(Name=name, SecretString="v")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        user.get_secret_value(SecretId="dev/missing")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        user.get_secret_value(SecretId="missing")


def test_a_deletion_without_a_window_can_be_denied(
    sm: Any, secret: dict[str, Any], as_user: Callable[..., Any]
) -> None:
    forced = {"Bool": {"secretsmanager:ForceDeleteWithoutRecovery": "true"}}
    deny = {"Effect": "Deny", "Action": "secretsmanager:DeleteSecret", "Resource": "*", "Condition": forced}
    user = as_user("secretsmanager:*", deny)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        user.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)
    user.delete_secret(SecretId="s")
