"""PutParameter (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.plane.expressions import MATCHERS
from tests.support.refusals import code_and_message

_STANDARD = "Standard tier parameters support a maximum parameter value of 4096 characters."


def _refused(ssm: Any, match: str, **params: Any) -> None:
    with pytest.raises(ClientError, match=match):
        ssm.put_parameter(**{"Name": "/a/b", "Value": "1", "Type": "String", **params})


def test_versions_and_what_the_feed_tells_of_them(ssm: Any, told: Callable[[], list[Any]]) -> None:
    assert ssm.put_parameter(Name="/a/b", Value="secret-1", Type="String")["Version"] == 1
    _refused(ssm, r"ParameterAlreadyExists.*set the overwrite option in the request to true")
    again = ssm.put_parameter(Name="/a/b", Value="secret-2", Overwrite=True)
    assert (again["Version"], again["Tier"]) == (2, "Standard")
    shown = ssm.get_parameter(Name="/a/b")["Parameter"]
    assert (shown["Value"], shown["Version"], shown["DataType"]) == ("secret-2", 2, "text")
    assert shown["ARN"] == "arn:aws:ssm:us-east-1:111122223333:parameter/a/b"
    ssm.delete_parameter(Name="/a/b")
    assert [change.what for change in told()] == ["created", "updated", "deleted"]
    assert "secret" not in str([change.view for change in told()])
    assert ssm.put_parameter(Name="/a/b", Value="3", Type="String")["Version"] == 1


@pytest.mark.parametrize("created", ["/with-slash", "without-slash"])
def test_a_name_of_one_level_is_the_same_with_and_without_a_slash(ssm: Any, created: str) -> None:
    """As getmoto/moto tries it against AWS (test_parameter_lifecycle_with_leading_slash)."""
    other = created[1:] if created.startswith("/") else f"/{created}"
    ssm.put_parameter(Name=created, Value="v", Type="String")
    assert ssm.get_parameter(Name=other)["Parameter"]["Name"] == created
    assert ssm.get_parameters(Names=[other])["InvalidParameters"] == []
    _refused(ssm, "ParameterAlreadyExists", Name=other)
    ssm.delete_parameter(Name=other)
    with pytest.raises(ClientError, match="ParameterNotFound"):
        ssm.get_parameter(Name=created)


@pytest.mark.parametrize(
    ("name", "match"),
    [
        # The sentences are those that users report: aws/aws-sdk-php#1952, boto/boto3#1499.
        ("/a b", r'ValidationException.*can\'t be prefixed with "ssm"'),
        ("/a@b", r'ValidationException.*can\'t be prefixed with "ssm"'),
        ("SSM-x", r'ValidationException.*can\'t be prefixed with "ssm"'),
        ("/a//b", r'ValidationException.*can\'t be prefixed with "ssm"'),
        # aws-solutions/quota-monitor-for-aws#30
        ("awslimitschecker", "AccessDeniedException.*No access to reserved parameter name: awslimitschecker"),
        ("/AWS/x", "AccessDeniedException.*No access to reserved parameter name: /AWS/x"),
        ("a/b", "ValidationException.*must be a fully qualified name"),
        ("/a/", "ValidationException.*must not end with slash"),
        ("/" + "/".join("x" * 16), "HierarchyLevelLimitExceededException.*maximum of 15 levels"),
        ("x" * 1012, "ValidationException.*1011"),
        ("arn:aws:ssm:us-east-1:111122223333:parameter/a", "ValidationException"),
    ],
)
def test_names_that_no_parameter_has(ssm: Any, name: str, match: str) -> None:
    _refused(ssm, match, Name=name)
    assert ssm.describe_parameters()["Parameters"] == []


def test_the_deepest_name(ssm: Any) -> None:
    name = "/" + "/".join("x" * 15)
    ssm.put_parameter(Name=name, Value="v", Type="String")
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == "v"


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"Value": ""}, "ValidationException.*greater than or equal to 1"),
        ({"Value": "{{ssm:x}}"}, r"ValidationException.*can't nest another parameter"),
        ({"Value": "x" * 4097}, f"ValidationException.*{_STANDARD}"),
        ({"Value": "x" * 8193, "Tier": "Advanced"}, "ValidationException.*8192"),
        ({"Value": "x" * 8193, "Tier": "Intelligent-Tiering"}, "ValidationException.*8192"),
        ({"DataType": "TEXT"}, r"ValidationException.*not supported: TEXT \(Data type names are all lowercase.\)"),
        ({"DataType": "aws:ec2:image"}, "NotImplemented.*PutParameter with DataType aws:ec2:image"),
        ({"DataType": "aws:ssm:integration"}, "NotImplemented.*DataType aws:ssm:integration"),
        ({"KeyId": "alias/aws/ssm"}, "ValidationException.*SecureString"),
        ({"AllowedPattern": r"^\d$", "Value": "x"}, r"ParameterPatternMismatchException.*\^\\d\$"),
        ({"AllowedPattern": "("}, "InvalidAllowedPatternException"),
        ({"Overwrite": True, "Tags": [{"Key": "a", "Value": "b"}]}, "tags and overwrite can't be used together"),
        ({"Tags": [{"Key": "aws:a", "Value": "b"}]}, "aws: prefixed tag key names"),
    ],
)  # fmt: skip
def test_what_is_refused_changes_nothing(ssm: Any, params: dict[str, Any], match: str) -> None:
    _refused(ssm, match, **params)
    assert ssm.describe_parameters()["Parameters"] == []


def test_a_type_is_needed_once_and_stays(ssm: Any) -> None:
    with pytest.raises(ClientError, match="A parameter type is required when you create a parameter"):
        ssm.put_parameter(Name="a", Value="1")
    ssm.put_parameter(Name="a", Value="1,2", Type="StringList")
    _refused(ssm, "HierarchyTypeMismatchException", Name="a", Overwrite=True)
    assert ssm.get_parameter(Name="a")["Parameter"]["Type"] == "StringList"


def test_a_pattern_holds_for_later_versions_and_may_look_ahead(ssm: Any) -> None:
    ssm.put_parameter(Name="a", Value="aB", Type="String", AllowedPattern="^(?=.*[A-Z]).+$")
    _refused(ssm, "ParameterPatternMismatchException", Name="a", Value="ab", Overwrite=True)
    ssm.put_parameter(Name="b", Value="xx", Type="String", AllowedPattern=r"^(.)\1$")
    assert ssm.get_parameter(Name="a")["Parameter"]["Version"] == 1
    MATCHERS.close()


def test_a_pattern_that_takes_too_long_is_refused(ssm: Any) -> None:
    _refused(ssm, "InvalidAllowedPatternException", Value="a" * 40 + "!", AllowedPattern="^(?=a)(a+)+$")
    MATCHERS.close()


def test_tiers(ssm: Any) -> None:
    """A parameter goes up and never down; Intelligent-Tiering takes what the value needs."""
    large = "x" * 5000
    put = ssm.put_parameter
    assert put(Name="a", Value="1", Type="String", Tier="Intelligent-Tiering")["Tier"] == "Standard"
    assert put(Name="b", Value=large, Type="String", Tier="Intelligent-Tiering")["Tier"] == "Advanced"
    assert put(Name="a", Value="1", Tier="Advanced", Overwrite=True)["Tier"] == "Advanced"
    assert put(Name="a", Value=large, Overwrite=True)["Tier"] == "Advanced"
    assert put(Name="a", Value="1", Tier="Intelligent-Tiering", Overwrite=True)["Tier"] == "Advanced"
    _refused(ssm, "can't downgrade a parameter", Name="a", Tier="Standard", Overwrite=True)


def test_the_hundred_and_first_version_takes_the_place_of_the_first(ssm: Any) -> None:
    ssm.put_parameter(Name="a", Value="1", Type="String")
    for number in range(2, 102):
        assert ssm.put_parameter(Name="a", Value=str(number), Overwrite=True)["Version"] == number
    pages = ssm.get_paginator("get_parameter_history").paginate(Name="a")
    history = [entry["Version"] for page in pages for entry in page["Parameters"]]
    assert history == list(range(2, 102))
    ssm.label_parameter_version(Name="a", ParameterVersion=2, Labels=["oldest"])
    with pytest.raises(ClientError) as error:
        ssm.put_parameter(Name="a", Value="x", Overwrite=True)
    code, message = code_and_message(error)
    assert code == "ParameterMaxVersionLimitExceeded"
    assert message.startswith(
        "You attempted to create a new version of a by calling the PutParameter API with the overwrite"
    )
    ssm.label_parameter_version(Name="a", ParameterVersion=3, Labels=["oldest"])
    assert ssm.put_parameter(Name="a", Value="x", Overwrite=True)["Version"] == 102


def test_an_overwrite_keeps_what_it_does_not_say(ssm: Any) -> None:
    ssm.put_parameter(Name="a", Value="1", Type="String", Description="first", AllowedPattern="^.$")
    ssm.put_parameter(Name="a", Value="2", Overwrite=True)
    (shown,) = ssm.describe_parameters()["Parameters"]
    assert (shown["Description"], shown["AllowedPattern"]) == ("first", "^.$")
    assert shown["LastModifiedUser"] == "arn:aws:iam::111122223333:root"
