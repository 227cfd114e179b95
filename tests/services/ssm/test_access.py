"""Who may do what with parameters: condition keys and resources of Systems Manager's page of the Service Authorization
Reference."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

ARN = "arn:aws:ssm:us-east-1:111122223333:parameter"


@pytest.fixture
def as_user(client: Callable[..., Any], ssm: Any) -> Callable[..., Any]:
    """`as_user({...})`: a client of a user with these statements. There is a parameter `/a/b` with the tag team=x."""
    ssm.put_parameter(Name="/a/b", Value="1", Type="String", Tags=[{"Key": "team", "Value": "x"}])
    iam = client("iam")

    def make(*statements: dict[str, Any]) -> Any:
        iam.create_user(UserName="u")
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=policy)
        key = iam.create_access_key(UserName="u")["AccessKey"]
        return client("ssm", key=key["AccessKeyId"], secret=key["SecretAccessKey"])

    return make


def _allow(action: str, resource: str, **condition: dict[str, str]) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Action": f"ssm:{action}", "Resource": resource}
    return allowed | ({"Condition": condition} if condition else {})


def _denied(call: Callable[..., Any], **params: Any) -> None:
    with pytest.raises(ClientError, match="AccessDeniedException"):
        call(**params)


def test_a_parameter_is_written_once_and_not_over(as_user: Callable[..., Any]) -> None:
    """ "Preventing access to existing parameters" compares ssm:Overwrite with a text, also where it is not said."""
    user = as_user(_allow("PutParameter", f"{ARN}/*", StringEquals={"ssm:Overwrite": "false"}))
    user.put_parameter(Name="/a/c", Value="1", Type="String")
    _denied(user.put_parameter, Name="/a/c", Value="2", Overwrite=True)
    _denied(user.put_parameter, Name="/a/d", Value="1", Type="String", Tags=[{"Key": "a", "Value": "b"}])


def test_a_path_is_read_by_its_own_name(as_user: Callable[..., Any]) -> None:
    user = as_user(_allow("GetParametersByPath", f"{ARN}/a", StringEquals={"ssm:Recursive": "false"}))
    assert len(user.get_parameters_by_path(Path="/a/")["Parameters"]) == 1
    _denied(user.get_parameters_by_path, Path="/a", Recursive=True)
    _denied(user.get_parameters_by_path, Path="/b")
    _denied(user.get_parameter, Name="/a/b")


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "ssm:resourceTag/team"])
def test_tags_decide_however_the_parameter_is_named(as_user: Callable[..., Any], ssm: Any, key: str) -> None:
    ssm.put_parameter(Name="/a/other", Value="1", Type="String")
    user = as_user(_allow("GetParameter*", "*", StringEquals={key: "x"}))
    for name in ("/a/b", "/a/b:1", f"{ARN}/a/b", f"{ARN}/a/b:1"):
        assert user.get_parameter(Name=name)["Parameter"]["Value"] == "1"
    _denied(user.get_parameter, Name="/a/other")
    _denied(user.get_parameters, Names=["/a/b", "/a/other"])
    _denied(user.get_parameter_history, Name="/a/other")
