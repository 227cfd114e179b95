"""GetParameter, GetParameters, GetParameterHistory and labels
(https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

ARN = "arn:aws:ssm:us-east-1:111122223333:parameter"


@pytest.fixture
def versions(ssm: Any) -> Any:
    """A client of a parameter `/a/b` with three versions, of which the second has the label `good`."""
    ssm.put_parameter(Name="/a/b", Value="1", Type="String")
    for value in ("2", "3"):
        ssm.put_parameter(Name="/a/b", Value=value, Overwrite=True)
    ssm.label_parameter_version(Name="/a/b", ParameterVersion=2, Labels=["good"])
    return ssm


@pytest.mark.parametrize(
    ("asked", "value", "selector"),
    [
        ("/a/b", "3", None),
        ("/a/b:1", "1", ":1"),
        ("/a/b:good", "2", ":good"),
        (f"{ARN}/a/b", "3", None),
        (f"{ARN}/a/b:2", "2", ":2"),
    ],
)
def test_a_version_by_name_number_label_and_arn(
    versions: Any, asked: str, value: str, selector: str | None
) -> None:
    shown = versions.get_parameter(Name=asked)["Parameter"]
    assert (shown["Name"], shown["Value"], shown.get("Selector")) == ("/a/b", value, selector)


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ("/a/c", "ParameterNotFound"),
        (
            "/a/b:4",
            "ParameterVersionNotFound.*could not find version 4 of /a/b. Verify the version and try again",
        ),
        ("/a/b:99999999999999999999", "ParameterVersionNotFound"),
        ("/a/b:bad", "ParameterVersionNotFound.*could not find version bad of /a/b"),
        ("/a/b:1:good", "ParameterNotFound"),
        # localstack/localstack#7712
        ("{test}-test", r'ValidationException.*Parameter name: can\'t be prefixed with "ssm"'),
        ("/aws/service/ami/x", "ParameterNotFound.*public parameters"),
        (
            f"{ARN.replace('1111', '4444')}/a/b",
            "NotImplemented.*GetParameter with a parameter that another account",
        ),
        (f"{ARN.replace('us-east-1', 'eu-west-1')}/a/b", "ParameterNotFound"),
        ("arn:aws:s3:::bucket", "ValidationException"),
    ],
)
def test_what_there_is_not(versions: Any, asked: str, match: str) -> None:
    with pytest.raises(ClientError, match=match):
        versions.get_parameter(Name=asked)


def test_several_and_those_that_mean_nothing(versions: Any) -> None:
    found = versions.get_parameters(Names=["/a/b:1", "/x", "/a/b:good", "/a/b:9", "/a/b:1"])
    assert [entry["Value"] for entry in found["Parameters"]] == ["1", "2"]
    assert found["InvalidParameters"] == ["/x", "/a/b:9"]


def test_the_history_shows_labels_and_comes_in_pages(versions: Any) -> None:
    first = versions.get_parameter_history(Name="/a/b", MaxResults=2)
    rest = versions.get_parameter_history(Name="/a/b", NextToken=first["NextToken"])
    assert "NextToken" not in rest
    shown = [(e["Version"], e["Value"], e["Labels"]) for e in first["Parameters"] + rest["Parameters"]]
    assert shown == [(1, "1", []), (2, "2", ["good"]), (3, "3", [])]
    with pytest.raises(ClientError, match="InvalidNextToken"):
        versions.get_parameter_history(Name="/a/b", NextToken="x")
    with pytest.raises(ClientError, match="ParameterNotFound"):
        versions.get_parameter_history(Name="/a/c")


def test_a_label_moves_and_goes(versions: Any) -> None:
    moved = versions.label_parameter_version(Name="/a/b", Labels=["good", "1st", "awsX", "SSM", "new"])
    assert moved == {**moved, "ParameterVersion": 3, "InvalidLabels": ["1st", "awsX", "SSM"]}
    assert versions.get_parameter(Name="/a/b:good")["Parameter"]["Version"] == 3
    gone = versions.unlabel_parameter_version(Name="/a/b", ParameterVersion=3, Labels=["good", "x"])
    assert (gone["RemovedLabels"], gone["InvalidLabels"]) == (["good"], ["x"])
    with pytest.raises(ClientError, match="ParameterVersionNotFound"):
        versions.get_parameter(Name="/a/b:good")


def test_labels_are_limited(versions: Any) -> None:
    versions.label_parameter_version(Name="/a/b", Labels=[f"l{n}" for n in range(10)])
    with pytest.raises(ClientError, match=r"ParameterVersionLabelLimitExceeded.*maximum 10 labels"):
        versions.label_parameter_version(Name="/a/b", Labels=["more"])
    with pytest.raises(ClientError, match="ParameterVersionNotFound"):
        versions.label_parameter_version(Name="/a/b", ParameterVersion=7, Labels=["x"])
    with pytest.raises(ClientError, match="ValidationException"):
        versions.label_parameter_version(Name="/a/b", Labels=["x" * 101])


def test_deleting_several(versions: Any) -> None:
    versions.put_parameter(Name="c", Value="1", Type="String")
    gone = versions.delete_parameters(Names=["/a/b", "/c", "/x"])
    assert (gone["DeletedParameters"], gone["InvalidParameters"]) == (["/a/b", "/c"], ["/x"])
    with pytest.raises(ClientError, match="ParameterNotFound"):
        versions.delete_parameter(Name="/a/b")
    versions.put_parameter(Name="/a/b", Value="1", Type="String")
    assert versions.get_parameter_history(Name="/a/b")["Parameters"][0]["Labels"] == []
