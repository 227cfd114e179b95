"""Deletion, lists, tags, rotation and passwords of Secrets Manager."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.server.loop import Controllers
from tests.support.refusals import refusal
from tests.support.turns import turn

DAY = 86_400
MARKED = (
    "InvalidRequestException",
    "You can't perform this operation on the secret because it was marked for deletion.",
)


def _names(sm: Any, **params: Any) -> list[str]:
    return [entry["Name"] for entry in sm.list_secrets(**params)["SecretList"]]


def test_a_secret_waits_out_its_window(
    sm: Any, secret: dict[str, Any], clock: FakeClock, controllers: Controllers, move: Callable[[float], None]
) -> None:
    deleted = sm.delete_secret(SecretId="s", RecoveryWindowInDays=7)
    assert deleted["DeletionDate"].timestamp() == pytest.approx(clock.now() + 7 * DAY)
    assert sm.describe_secret(SecretId="s")["DeletedDate"] == deleted["DeletionDate"]
    for call in (
        lambda: sm.get_secret_value(SecretId="s"),
        lambda: sm.put_secret_value(SecretId="s", SecretString="v"),
        lambda: sm.update_secret(SecretId="s", Description="v"),
        lambda: sm.tag_resource(SecretId="s", Tags=[{"Key": "a", "Value": "b"}]),
        lambda: sm.untag_resource(SecretId="s", TagKeys=["a"]),
        lambda: sm.delete_secret(SecretId="s"),
    ):
        assert refusal(call) == MARKED  # recorded: test_tag_untag_resource_on_deleted_secret
    with pytest.raises(ClientError, match=r"InvalidRequestException.*already scheduled for deletion"):
        sm.create_secret(Name="s", SecretString="v")
    assert _names(sm) == []
    assert _names(sm, IncludePlannedDeletion=True) == ["s"]
    move(6 * DAY)
    turn(controllers, clock, 1, 1)
    assert sm.restore_secret(SecretId="s")["ARN"] == secret["ARN"]
    assert sm.get_secret_value(SecretId="s")["SecretString"] == "one"
    move(2 * DAY)
    turn(controllers, clock, 1, 1)
    assert "DeletedDate" not in sm.describe_secret(SecretId="s")


def test_the_window_ends(
    sm: Any, secret: dict[str, Any], clock: FakeClock, controllers: Controllers, move: Callable[[float], None]
) -> None:
    sm.delete_secret(SecretId="s")
    move(30 * DAY)
    turn(controllers, clock, 1, 1)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        sm.describe_secret(SecretId="s")
    again = sm.create_secret(Name="s", SecretString="v")
    assert again["ARN"] != secret["ARN"]
    assert len(sm.list_secret_version_ids(SecretId="s", IncludeDeprecated=True)["Versions"]) == 1


def test_a_deletion_without_a_window(sm: Any, secret: dict[str, Any]) -> None:
    """ "If you forcibly delete an already deleted or nonexistent secret, the operation does not return
    ResourceNotFoundException" (API reference)."""
    sm.delete_secret(SecretId="s")
    for _ in range(2):
        assert sm.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)["Name"] == "s"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        sm.restore_secret(SecretId="s")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        sm.delete_secret(SecretId="s")


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"RecoveryWindowInDays": 6}, r"between 7 and 30 days \(inclusive\)"),
        ({"RecoveryWindowInDays": 31}, r"between 7 and 30 days \(inclusive\)"),
        ({"RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": True}, "in conjunction with"),
    ],
)
def test_windows_that_are_refused(
    sm: Any, secret: dict[str, Any], params: dict[str, Any], match: str
) -> None:
    with pytest.raises(ClientError, match=f"InvalidParameterException.*{match}"):
        sm.delete_secret(SecretId="s", **params)
    assert _names(sm) == ["s"]


@pytest.fixture
def listed(sm: Any, clock: FakeClock) -> Any:
    """A client of four secrets, one a second."""
    secrets = {
        "foo": {"Description": "one two", "Tags": [{"Key": "team", "Value": "Red"}]},
        "Bar/app": {"Description": "one"},
        "baz": {"Description": "DescTwo", "Tags": [{"Key": "Team", "Value": "Blue"}]},
        "qux": {},
    }
    for name, more in secrets.items():
        sm.create_secret(Name=name, SecretString="v", **more)
        clock.advance(1)
    return sm


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ([("name", ["b"])], ["baz"]),
        ([("name", ["foo", "B"])], ["foo", "Bar/app"]),
        ([("name", ["!b"])], ["foo", "Bar/app", "qux"]),
        # A description by the beginnings of its words: getmoto/moto, test_with_filter_with_value_with_multiple_words.
        ([("description", ["t o"])], ["foo"]),
        ([("description", ["two"])], ["foo", "baz"]),
        ([("description", ["one"]), ("description", ["two"])], ["foo"]),
        ([("description", ["wo"])], []),
        ([("tag-key", ["team"])], ["foo"]),
        ([("tag-value", ["Bl"])], ["baz"]),
        ([("tag-key", ["Team"]), ("tag-value", ["Red"])], []),
        ([("all", ["red"])], ["foo"]),
        ([("all", ["app"])], ["Bar/app"]),
        ([("all", ["TEAM"])], ["foo", "baz"]),
        ([("owning-service", ["rds"])], []),
        ([("primary-region", ["us-east-1"])], []),
    ],
)
def test_filters(listed: Any, filters: list[tuple[str, list[str]]], names: list[str]) -> None:
    assert _names(listed, Filters=[{"Key": key, "Values": values} for key, values in filters]) == names


@pytest.mark.parametrize("order", ["created-date", "name", "last-changed-date", "last-accessed-date"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_orders_and_pages(listed: Any, clock: FakeClock, order: str, direction: str) -> None:
    listed.update_secret(SecretId="foo", Description="new")
    listed.get_secret_value(SecretId="baz")
    asked = {"SortBy": order, "SortOrder": direction}
    whole = _names(listed, **asked)
    pages = listed.get_paginator("list_secrets").paginate(**asked, PaginationConfig={"PageSize": 1})
    assert [entry["Name"] for page in pages for entry in page["SecretList"]] == whole
    expected = {
        "created-date": ["foo", "Bar/app", "baz", "qux"],
        "name": ["Bar/app", "baz", "foo", "qux"],
        "last-changed-date": ["Bar/app", "baz", "qux", "foo"],
    }
    last = whole[-1] if direction == "asc" else whole[0]
    if order in expected:
        assert whole == (expected[order] if direction == "asc" else expected[order][::-1])
    else:
        assert last == "baz"


def test_what_a_list_shows(sm: Any, secret: dict[str, Any]) -> None:
    """Recorded: test_call_lists_secrets_multiple_times_snapshots."""
    sm.update_secret(SecretId="s", Description="d")
    (entry,) = sm.list_secrets()["SecretList"]
    assert set(entry) == {
        "ARN",
        "CreatedDate",
        "Description",
        "LastChangedDate",
        "Name",
        "SecretVersionsToStages",
    }
    assert entry["SecretVersionsToStages"] == {secret["VersionId"]: ["AWSCURRENT"]}
    with pytest.raises(ClientError, match="InvalidNextTokenException"):
        sm.list_secrets(NextToken="x")


@pytest.mark.parametrize(
    ("one", "said"),
    [({"Values": ["x"]}, "Invalid filter key"), ({"Key": "name"}, "Invalid filter values for key: name")],
)
def test_filters_that_are_refused(sm: Any, one: dict[str, Any], said: str) -> None:
    for call in (sm.list_secrets, sm.batch_get_secret_value):
        assert refusal(lambda call=call: call(Filters=[one])) == ("InvalidParameterException", said)


def test_tags(sm: Any, secret: dict[str, Any]) -> None:
    sm.tag_resource(SecretId=secret["ARN"], Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    sm.untag_resource(SecretId="s", TagKeys=["a", "x"])
    assert sm.describe_secret(SecretId="s")["Tags"] == [{"Key": "b", "Value": "2"}]
    many = [{"Key": str(number), "Value": "v"} for number in range(50)]
    for tags in (many, [{"Key": "aws:x", "Value": "v"}]):
        with pytest.raises(ClientError, match="InvalidParameterException"):
            sm.tag_resource(SecretId="s", Tags=tags)
    assert len(sm.describe_secret(SecretId="s")["Tags"]) == 1


def test_rotation_without_a_function_that_lets_it_in(sm: Any, secret: dict[str, Any]) -> None:
    """Recorded: test_first_rotate_secret_with_missing_lambda_arn."""
    assert refusal(lambda: sm.rotate_secret(SecretId="s")) == (
        "InvalidRequestException",
        "No Lambda rotation function ARN is associated with this secret.",
    )
    function = "arn:aws:lambda:us-east-1:111122223333:function:rotate"
    with pytest.raises(ClientError, match=r"AccessDeniedException.*Secrets Manager cannot invoke"):
        sm.rotate_secret(
            SecretId="s", RotationLambdaARN=function, RotationRules={"AutomaticallyAfterDays": 30}
        )
    for rules in (
        {"ScheduleExpression": "daily"},
        {"ScheduleExpression": "rate(1 day)", "AutomaticallyAfterDays": 1},
    ):
        with pytest.raises(ClientError, match="InvalidParameterException"):
            sm.rotate_secret(SecretId="s", RotationLambdaARN=function, RotationRules=rules)
    with pytest.raises(ClientError, match="InvalidRequestException"):
        sm.cancel_rotate_secret(SecretId="s")
    with pytest.raises(ClientError, match=r"NotImplemented.*secretsmanager:ReplicateSecretToRegions"):
        sm.replicate_secret_to_regions(SecretId="s", AddReplicaRegions=[{"Region": "eu-west-1"}])


@pytest.mark.parametrize(
    ("params", "characters", "length"),
    [
        ({}, string.ascii_letters + string.digits + string.punctuation, 32),
        ({"PasswordLength": 50, "ExcludePunctuation": True}, string.ascii_letters + string.digits, 50),
        ({"ExcludeLowercase": True, "ExcludeUppercase": True, "ExcludePunctuation": True}, string.digits, 32),
        (
            {"ExcludeNumbers": True, "ExcludeCharacters": "xyzZ"},
            string.ascii_letters + string.punctuation,
            32,
        ),
        ({"PasswordLength": 4, "IncludeSpace": True}, string.printable, 4),
        ({"PasswordLength": 900, "IncludeSpace": True, "ExcludeCharacters": " "}, string.printable, 900),
    ],
)
def test_a_password_has_what_was_asked_for(
    sm: Any, params: dict[str, Any], characters: str, length: int
) -> None:
    password = sm.get_random_password(**params)["RandomPassword"]
    assert len(password) == length
    assert set(password) <= set(characters)
    assert not set(password) & set(params.get("ExcludeCharacters", ""))
    assert password != sm.get_random_password(**params)["RandomPassword"]


def test_passwords_that_cannot_be(sm: Any) -> None:
    with pytest.raises(
        ClientError, match=r"InvalidParameterException.*too short based on the required types"
    ):
        sm.get_random_password(PasswordLength=3)
    assert len(sm.get_random_password(PasswordLength=3, RequireEachIncludedType=False)["RandomPassword"]) == 3
    nothing = dict.fromkeys(
        ("ExcludeLowercase", "ExcludeUppercase", "ExcludeNumbers", "ExcludePunctuation"), True
    )
    with pytest.raises(ClientError, match="InvalidRequestException"):
        sm.get_random_password(**nothing)
