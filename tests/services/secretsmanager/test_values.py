"""CreateSecret, PutSecretValue, UpdateSecret and GetSecretValue, by what AWS answered (LocalStack's recordings of
TestSecretsManager, and those tests of getmoto/moto that are verified against AWS)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform
from tests.plane.tiny import ROOT
from tests.support.refusals import refusal

TOKEN = "0" * 31 + "1"
OTHER = "0" * 31 + "2"


def _labels(sm: Any, name: str = "s", **params: Any) -> dict[str, list[str]]:
    shown = sm.list_secret_version_ids(SecretId=name, **params)["Versions"]
    return {version["VersionId"]: version.get("VersionStages", []) for version in shown}


def test_a_secret_is_created_and_read(sm: Any, secret: dict[str, Any]) -> None:
    assert re.fullmatch(
        r"arn:aws:secretsmanager:us-east-1:111122223333:secret:s-[A-Za-z0-9]{6}", secret["ARN"]
    )
    found = sm.get_secret_value(SecretId="s")
    assert (found["SecretString"], found["VersionStages"]) == ("one", ["AWSCURRENT"])
    assert found["VersionId"] == secret["VersionId"]
    assert "SecretBinary" not in found


def test_no_value_lies_in_the_database_in_the_clear(sm: Any, platform: Platform) -> None:
    sm.create_secret(Name="s", SecretString="open-sesame-4711")
    sm.put_secret_value(SecretId="s", SecretBinary=b"open-sesame-4712")
    files = [path for path in platform.settings.home.rglob("*") if path.is_file()]
    assert any(b"secretsmanager:Secret" in path.read_bytes() for path in files)
    assert not [path for path in files if b"open-sesame" in path.read_bytes()]


@pytest.mark.parametrize("value", [b"\x00\x01\x02\xff", b"text"])
def test_binary_values(sm: Any, secret: dict[str, Any], value: bytes) -> None:
    sm.put_secret_value(SecretId="s", SecretBinary=value)
    found = sm.get_secret_value(SecretId="s")
    assert found["SecretBinary"] == value
    assert "SecretString" not in found
    with pytest.raises(ClientError, match="InvalidParameterException"):
        sm.put_secret_value(SecretId="s", SecretBinary=value, SecretString="x")


def test_an_empty_secret_gets_a_version(sm: Any) -> None:
    """Recorded: test_create_secret_version_from_empty_secret."""
    assert "VersionId" not in sm.create_secret(Name="s")
    assert "VersionIdsToStages" not in sm.describe_secret(SecretId="s")
    assert refusal(lambda: sm.get_secret_value(SecretId="s")) == (
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    )
    assert sm.put_secret_value(SecretId="s", SecretString="v")["VersionStages"] == ["AWSCURRENT"]


@pytest.mark.parametrize(
    ("params", "what"),
    [
        ({"VersionStage": "AWSPENDING"}, "staging label: AWSPENDING"),
        ({"VersionId": TOKEN}, f"VersionId: {TOKEN}"),
    ],
)
def test_versions_that_are_not_there(
    sm: Any, secret: dict[str, Any], params: dict[str, str], what: str
) -> None:
    """Recorded: test_secret_version_not_found."""
    code, said = refusal(lambda: sm.get_secret_value(SecretId="s", **params))
    assert (code, said) == (
        "ResourceNotFoundException",
        f"Secrets Manager can't find the specified secret value for {what}",
    )


def test_a_version_by_id_and_label(sm: Any, secret: dict[str, Any]) -> None:
    put = sm.put_secret_value(SecretId="s", SecretString="two")
    assert sm.get_secret_value(SecretId="s", VersionStage="AWSPREVIOUS")["SecretString"] == "one"
    assert sm.get_secret_value(SecretId="s", VersionId=secret["VersionId"])["SecretString"] == "one"
    both = {"VersionId": put["VersionId"], "VersionStage": "AWSCURRENT"}
    assert sm.get_secret_value(SecretId="s", **both)["SecretString"] == "two"
    with pytest.raises(
        ClientError, match=r"InvalidRequestException.*not associated to the provided VersionId"
    ):
        sm.get_secret_value(SecretId="s", VersionId=secret["VersionId"], VersionStage="AWSCURRENT")


def test_a_secret_that_is_not_there(sm: Any) -> None:
    """Recorded: test_secret_not_found."""
    expected = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    for call in (sm.get_secret_value, sm.describe_secret, sm.list_secret_version_ids, sm.restore_secret):
        assert refusal(lambda call=call: call(SecretId="s")) == expected


def test_how_a_secret_is_named(sm: Any, secret: dict[str, Any], client: Callable[..., Any]) -> None:
    """By its name, its ARN, or its ARN without the random characters (recorded: test_create_and_update_secret)."""
    for given in ("s", secret["ARN"], secret["ARN"][:-7]):
        assert sm.get_secret_value(SecretId=given)["Name"] == "s"
    arn = sm.create_secret(Name="Invalid/_+=.@-Name-a1b2c3", SecretString="v")["ARN"]
    assert sm.get_secret_value(SecretId=arn)["SecretString"] == "v"
    for other in (arn[:-7], secret["ARN"][:-6] + "aaaaaa", secret["ARN"].replace("us-east-1", "eu-west-1")):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            sm.get_secret_value(SecretId=other)
    for call in (sm.create_secret, sm.get_secret_value, sm.delete_secret):
        named = {"Name": "Inv Name"} if call == sm.create_secret else {"SecretId": "Inv Name"}
        with pytest.raises(ClientError, match=r"ValidationException.*any of the following: -/_\+=\.@!"):
            call(**named)


def test_the_same_request_again_is_answered_alike(sm: Any) -> None:
    asked = {"Name": "s", "SecretString": "v", "ClientRequestToken": TOKEN}
    assert sm.create_secret(**asked)["ARN"] == sm.create_secret(**asked)["ARN"]
    again = {"SecretId": "s", "SecretString": "v", "ClientRequestToken": TOKEN}
    assert sm.put_secret_value(**again)["VersionId"] == TOKEN
    assert sm.update_secret(**again)["VersionId"] == TOKEN
    assert list(_labels(sm)) == [TOKEN]


def test_a_token_is_one_value_s(sm: Any) -> None:
    arn = sm.create_secret(Name="s", SecretString="v", ClientRequestToken=TOKEN)["ARN"]
    used = f"You can't use ClientRequestToken {TOKEN} because that value is already in use for a version of secret {arn}."
    other = {"SecretString": "w", "ClientRequestToken": TOKEN}
    for call in (
        lambda: sm.put_secret_value(SecretId="s", **other),
        lambda: sm.update_secret(SecretId="s", **other),
        lambda: sm.create_secret(Name="s", **other),
    ):
        assert refusal(call) == ("ResourceExistsException", used)
    taken = ("ResourceExistsException", "The operation failed because the secret s already exists.")
    assert refusal(lambda: sm.create_secret(Name="s", SecretString="v")) == taken
    assert sm.get_secret_value(SecretId="s")["SecretString"] == "v"


@pytest.mark.parametrize("operation", ["create_secret", "put_secret_value", "rotate_secret"])
def test_a_request_without_a_token(
    client: Callable[..., Any], secret: dict[str, Any], operation: str
) -> None:
    """Clients fill it in; a request that is made by hand may lack it (recorded: test_no_client_request_token)."""
    bare = client("secretsmanager", config=Config(parameter_validation=False))

    def without(params: dict[str, Any], **_: Any) -> None:
        params["body"] = re.sub(rb'"ClientRequestToken": "[^"]+",? ?', b"", params["body"]).replace(
            b", }", b"}"
        )

    bare.meta.events.register("before-call", without)
    named = {"Name": "t"} if operation == "create_secret" else {"SecretId": "s"}
    value = {} if operation == "rotate_secret" else {"SecretString": "v"}
    code, said = refusal(lambda: getattr(bare, operation)(**named, **value))
    assert said == "You must provide a ClientRequestToken value. We recommend a UUID-type value."
    assert code == (
        "InvalidParameterException" if operation == "rotate_secret" else "InvalidRequestException"
    )


def test_labels_move(sm: Any, secret: dict[str, Any]) -> None:
    """Recorded: test_update_secret_version_stages_current_pending."""
    first = secret["VersionId"]
    assert sm.put_secret_value(
        SecretId="s", SecretString="2", ClientRequestToken=TOKEN, VersionStages=["AWSPENDING"]
    )["VersionStages"] == ["AWSPENDING"]
    assert _labels(sm) == {first: ["AWSCURRENT"], TOKEN: ["AWSPENDING"]}
    move = {"VersionStage": "AWSCURRENT", "MoveToVersionId": TOKEN}
    assert refusal(lambda: sm.update_secret_version_stage(SecretId="s", **move)) == (
        "InvalidParameterException",
        "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version "
        f"{first}, so you must explicitly reference that version in RemoveFromVersionId.",
    )
    sm.update_secret_version_stage(SecretId="s", **move, RemoveFromVersionId=first)
    assert _labels(sm) == {first: ["AWSPREVIOUS"], TOKEN: ["AWSCURRENT", "AWSPENDING"]}
    sm.put_secret_value(SecretId="s", SecretString="3", ClientRequestToken=OTHER)
    assert _labels(sm) == {TOKEN: ["AWSPREVIOUS"], OTHER: ["AWSCURRENT"]}
    assert _labels(sm, IncludeDeprecated=True)[first] == []
    assert sm.get_secret_value(SecretId="s", VersionId=first)["SecretString"] == "one"


def test_labels_of_a_user_s_own(sm: Any, secret: dict[str, Any]) -> None:
    """Recorded: test_non_versioning_version_stages_replacement."""
    sm.put_secret_value(
        SecretId="s", SecretString="2", ClientRequestToken=TOKEN, VersionStages=["one", "two", "three"]
    )
    put = sm.put_secret_value(
        SecretId="s",
        SecretString="3",
        ClientRequestToken=OTHER,
        VersionStages=["one", "two", "three", "four"],
    )
    assert put["VersionStages"] == ["one", "two", "three", "four"]
    assert _labels(sm) == {secret["VersionId"]: ["AWSCURRENT"], OTHER: ["four", "one", "three", "two"]}
    sm.update_secret_version_stage(SecretId="s", VersionStage="one", RemoveFromVersionId=OTHER)
    assert _labels(sm)[OTHER] == ["four", "three", "two"]


def test_labels_of_a_version_are_limited(sm: Any, secret: dict[str, Any]) -> None:
    first = secret["VersionId"]
    for number in range(19):
        sm.update_secret_version_stage(SecretId="s", VersionStage=f"l{number}", MoveToVersionId=first)
    with pytest.raises(ClientError, match="LimitExceededException"):
        sm.update_secret_version_stage(SecretId="s", VersionStage="more", MoveToVersionId=first)
    assert len(_labels(sm)[first]) == 20


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"VersionStage": "x"}, "RemoveFromVersionId, MoveToVersionId, or both"),
        ({"VersionStage": "x", "MoveToVersionId": TOKEN}, f"Not a valid version: {TOKEN}"),
        ({"VersionStage": "x", "RemoveFromVersionId": "first"}, "Version stage x not found in version"),
        ({"VersionStage": "AWSCURRENT", "RemoveFromVersionId": "first"}, "It can't be completely removed"),
    ],
)
def test_moves_that_are_refused(sm: Any, secret: dict[str, Any], params: dict[str, str], match: str) -> None:
    given = {name: secret["VersionId"] if value == "first" else value for name, value in params.items()}
    with pytest.raises(ClientError, match=f"InvalidParameterException.*{match}"):
        sm.update_secret_version_stage(SecretId="s", **given)
    assert _labels(sm) == {secret["VersionId"]: ["AWSCURRENT"]}


def test_an_update_says_a_version_only_where_it_makes_one(sm: Any, secret: dict[str, Any]) -> None:
    """Recorded: test_update_secret_description."""
    assert "VersionId" not in sm.update_secret(SecretId="s", Description="d")
    assert sm.describe_secret(SecretId="s")["Description"] == "d"
    assert sm.update_secret(SecretId="s", SecretString="2")["VersionId"] != secret["VersionId"]
    shown = sm.describe_secret(SecretId="s")
    assert (shown["Description"], sorted(shown["VersionIdsToStages"].values())) == (
        "d",
        [["AWSCURRENT"], ["AWSPREVIOUS"]],
    )


def test_old_versions_go_after_a_day(
    sm: Any, secret: dict[str, Any], clock: FakeClock, move: Callable[[float], None]
) -> None:
    clock.advance(1)
    for number in range(99):
        sm.put_secret_value(SecretId="s", SecretString=str(number))
    with pytest.raises(ClientError, match="LimitExceededException"):
        sm.put_secret_value(SecretId="s", SecretString="x")
    move(86_401)
    sm.put_secret_value(SecretId="s", SecretString="x")
    every = _labels(sm, IncludeDeprecated=True)
    assert len(every) == 100
    assert secret["VersionId"] not in every


def test_the_day_of_a_read_is_kept(
    sm: Any, secret: dict[str, Any], clock: FakeClock, platform: Platform
) -> None:
    def days() -> set[float | None]:
        with platform.store.read() as tx:
            record = tx.by_arn(secret["ARN"])
            assert record is not None
            versions = tx.sql("select accessed from secretsmanager_version")
            return {record.observed.get("LastAccessedDate"), *(accessed for (accessed,) in versions)}

    assert days() == {None}
    sm.get_secret_value(SecretId="s")
    day = clock.now() // 86_400 * 86_400
    assert days() == {day}
    assert sm.describe_secret(SecretId="s")["LastAccessedDate"].timestamp() == day
    assert sm.list_secret_version_ids(SecretId="s")["Versions"][0]["LastAccessedDate"].timestamp() == day
    clock.advance(86_400)  # too far for a signature: the call is made inside
    platform.perform("secretsmanager", "GetSecretValue", {"SecretId": "s"}, ROOT, "us-east-1")
    assert days() == {day + 86_400}


def test_versions_come_in_pages(sm: Any, secret: dict[str, Any]) -> None:
    sm.put_secret_value(SecretId="s", SecretString="2")
    first = sm.list_secret_version_ids(SecretId="s", MaxResults=1)
    second = sm.list_secret_version_ids(SecretId="s", MaxResults=1, NextToken=first["NextToken"])
    assert "NextToken" not in second
    assert first["Versions"] != second["Versions"]
    with pytest.raises(ClientError, match="InvalidNextTokenException"):
        sm.list_secret_version_ids(SecretId="s", NextToken="x")


def test_several_at_once(sm: Any, secret: dict[str, Any]) -> None:
    sm.create_secret(Name="t", SecretString="two")
    found = sm.batch_get_secret_value(SecretIdList=["s", "x", "t"])
    assert [value["SecretString"] for value in found["SecretValues"]] == ["one", "two"]
    assert [(e["SecretId"], e["ErrorCode"]) for e in found["Errors"]] == [("x", "ResourceNotFoundException")]
    by_filter = sm.batch_get_secret_value(Filters=[{"Key": "name", "Values": ["t"]}])
    assert [value["Name"] for value in by_filter["SecretValues"]] == ["t"]
    first = sm.batch_get_secret_value(Filters=[{"Key": "name", "Values": ["s", "t"]}], MaxResults=1)
    assert len(first["SecretValues"]) == 1
    assert "NextToken" in first
    for params in ({}, {"SecretIdList": ["s"], "Filters": [{"Key": "name", "Values": ["s"]}]}):
        with pytest.raises(ClientError, match="InvalidParameterException"):
            sm.batch_get_secret_value(**params)


def test_values_are_limited(sm: Any) -> None:
    sm.create_secret(Name="s", SecretString="x" * 65_536)
    with pytest.raises(ClientError, match="65536"):
        sm.create_secret(Name="t", SecretString="x" * 65_537)
    with pytest.raises(ClientError, match=r"NotImplemented.*CreateSecret with AddReplicaRegions"):
        sm.create_secret(Name="t", SecretString="x", AddReplicaRegions=[{"Region": "eu-west-1"}])
