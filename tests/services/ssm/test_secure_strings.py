"""SecureString parameters and references to secrets
("How Parameter Store uses AWS KMS", https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html;
https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.plane import Platform
from clary.services.ssm import sealing
from tests.plane.tiny import ROOT

ARN = "arn:aws:ssm:us-east-1:111122223333:parameter"
VIA = "ssm.us-east-1.amazonaws.com"


def _put(ssm: Any, value: str = "open-sesame", **more: Any) -> Any:
    return ssm.put_parameter(**{"Name": "/a/b", "Value": value, "Type": "SecureString", **more})


def _read(ssm: Any, name: str = "/a/b") -> str:
    return ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]


@pytest.fixture
def key(client: Callable[..., Any]) -> str:
    """A customer managed key."""
    return client("kms").create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def as_user(client: Callable[..., Any]) -> Callable[..., Any]:
    """`as_user({...})`: a client of a user who may do everything with parameters, and what these statements say."""
    iam = client("iam")

    def make(*statements: dict[str, Any]) -> Any:
        iam.create_user(UserName="u")
        every = {"Effect": "Allow", "Action": ["ssm:*", "secretsmanager:GetSecretValue"], "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [every, *statements]})
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=policy)
        made = iam.create_access_key(UserName="u")["AccessKey"]
        return client("ssm", key=made["AccessKeyId"], secret=made["SecretAccessKey"])

    return make


@pytest.mark.parametrize("tier", ["Standard", "Advanced"])
def test_a_value_is_read_by_who_asks_for_it(ssm: Any, platform: Platform, tier: str) -> None:
    _put(ssm, Tier=tier)
    assert _read(ssm) == "open-sesame"
    assert ssm.get_parameters(Names=["/a/b"], WithDecryption=True)["Parameters"][0]["Value"] == "open-sesame"
    by_path = ssm.get_parameters_by_path(Path="/a", WithDecryption=True)["Parameters"]
    history = ssm.get_parameter_history(Name="/a/b", WithDecryption=True)["Parameters"]
    assert [entry["Value"] for entry in (*by_path, *history)] == ["open-sesame"] * 2
    closed = ssm.get_parameter(Name="/a/b")["Parameter"]["Value"]
    assert "open-sesame" not in closed
    assert ssm.describe_parameters()["Parameters"][0]["KeyId"] == "alias/aws/ssm"
    files = [path for path in platform.settings.home.rglob("*") if path.is_file()]
    assert not [path for path in files if b"open-sesame" in path.read_bytes()]


def test_a_standard_value_is_kms_s_ciphertext_bound_to_the_parameter(
    ssm: Any, key: str, client: Callable[..., Any]
) -> None:
    _put(ssm, KeyId=key)
    blob = base64.b64decode(ssm.get_parameter(Name="/a/b")["Parameter"]["Value"])
    kms = client("kms")
    context = {"PARAMETER_ARN": f"{ARN}/a/b"}
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"open-sesame"
    with pytest.raises(ClientError, match="InvalidCiphertextException"):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext={"PARAMETER_ARN": f"{ARN}/a/c"})


@pytest.mark.parametrize("tier", ["Standard", "Advanced"])
def test_a_key_of_a_user_s_own_needs_the_right_to_it(
    ssm: Any, as_user: Callable[..., Any], key: str, tier: str
) -> None:
    _put(ssm, KeyId=key, Tier=tier)
    through = {"StringEquals": {"kms:ViaService": VIA, "kms:EncryptionContext:PARAMETER_ARN": f"{ARN}/a/b"}}
    user = as_user({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key, "Condition": through})
    assert _read(user) == "open-sesame"
    _put(ssm, Name="/a/c", KeyId=key)
    with pytest.raises(ClientError, match=r"AccessDeniedException.*kms:Decrypt"):
        _read(user, "/a/c")
    with pytest.raises(ClientError, match=r"AccessDeniedException.*kms:(Encrypt|GenerateDataKey)"):
        _put(user, "new", Overwrite=True)
    assert ssm.get_parameter(Name="/a/b")["Parameter"]["Version"] == 1


def test_the_accounts_own_key_needs_no_right(as_user: Callable[..., Any]) -> None:
    user = as_user()
    _put(user)
    assert _read(user) == "open-sesame"


@pytest.mark.parametrize("tier", ["Standard", "Advanced"])
def test_keys_that_cannot_be_used(ssm: Any, key: str, client: Callable[..., Any], tier: str) -> None:
    with pytest.raises(ClientError, match=r"InvalidKeyId.*NotFoundException"):
        _put(ssm, KeyId="alias/missing", Tier=tier)
    assert ssm.describe_parameters()["Parameters"] == []
    _put(ssm, KeyId=key, Tier=tier)
    client("kms").disable_key(KeyId=key)
    with pytest.raises(ClientError, match=r"InvalidKeyId.*is disabled"):
        _read(ssm)
    with pytest.raises(ClientError, match=r"InvalidKeyId.*is disabled"):
        _put(ssm, "new", Overwrite=True)
    assert ssm.get_parameters(Names=["/a/b"])["InvalidParameters"] == []


@pytest.mark.parametrize("times", [1, 9])
def test_versions_that_come_in_between_are_not_lost(
    ssm: Any, platform: Platform, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """KMS is asked before the transaction that writes. That one looks for other versions, and begins again a few times."""
    _put(ssm, "first")
    close, others = sealing.close, iter(range(times))

    def slow(*asked: Any) -> str:
        if asked[-1] == "last" and next(others, None) is not None:
            between = {"Name": "/a/b", "Value": "between", "Overwrite": True}
            platform.perform("ssm", "PutParameter", between, ROOT, "us-east-1")
        return close(*asked)

    monkeypatch.setattr(sealing, "close", slow)
    if times == 1:
        assert _put(ssm, "last", Overwrite=True)["Version"] == 3
        assert (_read(ssm, "/a/b:2"), _read(ssm)) == ("between", "last")
    else:
        with pytest.raises(ClientError, match="TooManyUpdates"):
            _put(ssm, "last", Overwrite=True)
        assert _read(ssm) == "between"


def test_a_secret_is_read_as_a_parameter(ssm: Any, client: Callable[..., Any]) -> None:
    sm = client("secretsmanager")
    made = sm.create_secret(Name="db/login", SecretString="one")
    first = made["VersionId"]
    sm.put_secret_value(SecretId="db/login", SecretString="two")
    name = "/aws/reference/secretsmanager/db/login"
    for selector, value in (("", "two"), (":AWSPREVIOUS", "one"), (f":{first}", "one")):
        shown = ssm.get_parameter(Name=name + selector, WithDecryption=True)["Parameter"]
        assert (shown["Value"], shown["Version"], shown["Type"]) == (value, 0, "SecureString")
        assert (shown["Name"], shown["ARN"]) == (name, made["ARN"])
        assert shown.get("Selector", "") == selector
        source = json.loads(shown["SourceResult"])
        assert (source["Name"], source["ARN"], source["SecretString"]) == ("db/login", made["ARN"], value)
    found = ssm.get_parameters(Names=[name, f"{name}x"], WithDecryption=True)
    assert [entry["Value"] for entry in found["Parameters"]] == ["two"]
    assert found["InvalidParameters"] == [f"{name}x"]


def test_a_reference_is_read_with_the_caller_s_own_rights(
    client: Callable[..., Any], as_user: Callable[..., Any]
) -> None:
    """ "Parameter Store honors IAM policies attached to Secrets Manager secrets" (user guide)."""
    for name in ("mine", "other"):
        client("secretsmanager").create_secret(Name=name, SecretString=name)
    other = "arn:aws:secretsmanager:*:*:secret:other-??????"
    through = {"ForAnyValue:StringEquals": {"aws:CalledVia": "ssm.amazonaws.com"}}
    user = as_user({"Effect": "Deny", "Action": "secretsmanager:*", "Resource": other, "Condition": through})
    assert _read(user, "/aws/reference/secretsmanager/mine") == "mine"
    with pytest.raises(ClientError, match="AccessDeniedException"):
        _read(user, "/aws/reference/secretsmanager/other")


def test_references_that_are_refused(
    ssm: Any, client: Callable[..., Any], as_user: Callable[..., Any]
) -> None:
    client("secretsmanager").create_secret(Name="bin", SecretBinary=b"\x00")
    name = "/aws/reference/secretsmanager/bin"
    with pytest.raises(ClientError, match=r"ValidationException.*WithDecryption flag must be True"):
        ssm.get_parameter(Name=name)
    for missing in (name, f"{name}ary", f"{name}:AWSPENDING"):
        with pytest.raises(ClientError, match=r"ParameterNotFound.*referencing Secrets Manager"):
            ssm.get_parameter(Name=missing, WithDecryption=True)
    deny = {"Effect": "Deny", "Action": "secretsmanager:*", "Resource": "*"}
    with pytest.raises(ClientError, match=r"AccessDeniedException.*secretsmanager:GetSecretValue"):
        as_user(deny).get_parameter(Name=name, WithDecryption=True)
