"""Users, their keys and their groups, as boto3 sees them. Oracle: recorded answers and the API reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.iam.conftest import READ_S3
from tests.support.refusals import error_of

ACCOUNT = "111122223333"


@pytest.fixture
def iam(client: Callable[..., Any]) -> Any:
    return client("iam")


def test_a_user_lives_as_recorded(iam: Any) -> None:
    """Recorded: aws_iam_user test_black_box."""
    user = iam.create_user(UserName="ann")["User"]
    assert set(user) == {"Arn", "CreateDate", "Path", "UserId", "UserName"}
    assert user["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/ann"
    assert user["UserId"].startswith("AIDA")
    assert iam.get_user(UserName="ann")["User"] == user
    assert [u["UserName"] for u in iam.list_users()["Users"]] == ["ann"]
    iam.delete_user(UserName="ann")
    missing = ("NoSuchEntity", "The user with name ann cannot be found.", 404)
    assert error_of(lambda: iam.get_user(UserName="ann")) == missing


def test_root_is_a_user_of_no_name(iam: Any) -> None:
    user = iam.get_user()["User"]
    assert user["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert user["UserId"] == ACCOUNT


def test_a_key_signs_until_it_is_switched_off(iam: Any, client: Callable[..., Any]) -> None:
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    assert key["AccessKeyId"].startswith("AKIA")
    assert len(key["AccessKeyId"]) == 20
    assert len(key["SecretAccessKey"]) == 40
    ann = client("sts", key["AccessKeyId"], key["SecretAccessKey"])
    assert ann.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/ann"
    assert client("sts").get_access_key_info(AccessKeyId=key["AccessKeyId"])["Account"] == ACCOUNT
    iam.update_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        ann.get_caller_identity()
    iam.update_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"], Status="Active")
    assert ann.get_caller_identity()
    iam.delete_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"])
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        ann.get_caller_identity()


def test_two_keys_are_all_there_are(iam: Any) -> None:
    iam.create_user(UserName="ann")
    keys = {iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"] for _ in range(2)}
    full = error_of(lambda: iam.create_access_key(UserName="ann"))
    assert full == ("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", 409)
    listed = iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]
    assert {key["AccessKeyId"] for key in listed} == keys
    assert all("SecretAccessKey" not in key for key in listed)
    conflict = "Cannot delete entity, must delete access keys first."
    assert error_of(lambda: iam.delete_user(UserName="ann")) == ("DeleteConflict", conflict, 409)
    gone = error_of(lambda: iam.delete_access_key(UserName="ann", AccessKeyId="AKIAAAAAAAAAAAAAAAAA"))
    assert gone == ("NoSuchEntity", "The Access Key with id AKIAAAAAAAAAAAAAAAAA cannot be found.", 404)


def test_a_renamed_user_stays_itself(iam: Any, client: Callable[..., Any]) -> None:
    user = iam.create_user(UserName="ann", Tags=[{"Key": "a", "Value": "b"}])["User"]
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=READ_S3)
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    iam.create_user(UserName="bob")
    assert error_of(lambda: iam.update_user(UserName="ann", NewUserName="Bob"))[0] == "EntityAlreadyExists"
    iam.update_user(UserName="ann", NewUserName="eve", NewPath="/x/")
    eve = iam.get_user(UserName="eve")["User"]
    assert eve["UserId"] == user["UserId"]
    assert eve["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/x/eve"
    assert eve["Tags"] == [{"Key": "a", "Value": "b"}]
    assert iam.list_user_policies(UserName="eve")["PolicyNames"] == ["p"]
    sts = client("sts", key["AccessKeyId"], key["SecretAccessKey"])
    assert sts.get_caller_identity()["Arn"] == eve["Arn"]


def test_groups_hold_users(iam: Any) -> None:
    """Recorded: aws_iam_user test_create_with_full_properties."""
    iam.create_user(UserName="ann")
    for name in ("g2", "g1"):
        iam.create_group(GroupName=name)
        iam.add_user_to_group(GroupName=name, UserName="ann")
    groups = iam.list_groups_for_user(UserName="ann")
    assert [g["GroupName"] for g in groups["Groups"]] == ["g1", "g2"]
    assert set(groups["Groups"][0]) == {"Arn", "CreateDate", "GroupId", "GroupName", "Path"}
    assert [u["UserName"] for u in iam.get_group(GroupName="g1")["Users"]] == ["ann"]
    conflict = "Cannot delete entity, must remove users from group first."
    assert error_of(lambda: iam.delete_group(GroupName="g1")) == ("DeleteConflict", conflict, 409)
    assert error_of(lambda: iam.delete_user(UserName="ann")) == ("DeleteConflict", conflict, 409)
    iam.remove_user_from_group(GroupName="g1", UserName="ann")
    iam.delete_group(GroupName="g1")
    missing = ("NoSuchEntity", "The group with name g1 cannot be found.", 404)
    assert error_of(lambda: iam.get_group(GroupName="g1")) == missing


def test_bad_names_are_refused_by_the_model(iam: Any) -> None:
    code, message, status = error_of(lambda: iam.create_user(UserName="a b"))
    assert (code, status) == ("ValidationError", 400)
    assert "userName" in message


def test_account_summary_counts(iam: Any) -> None:
    before = iam.get_account_summary()["SummaryMap"]
    iam.create_user(UserName="ann")
    after = iam.get_account_summary()["SummaryMap"]
    assert after["Users"] == before["Users"] + 1
    assert after["AccountAccessKeysPresent"] == 1


def test_the_account_at_a_glance(iam: Any) -> None:
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="ann")
    iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=READ_S3)
    found = iam.get_account_authorization_details()
    assert found["UserDetailList"][0]["GroupList"] == ["g"]
    assert found["GroupDetailList"][0]["GroupPolicyList"][0]["PolicyName"] == "p"
    only = iam.get_account_authorization_details(Filter=["Group"])
    assert only["UserDetailList"] == []
