"""GetParametersByPath and DescribeParameters with their filters
(https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

_VALUES = {"/a/b": "1", "/a/c/d": "2", "/a/c/e": "3", "/ab": "4", "z": "5"}


@pytest.fixture
def five(ssm: Any) -> Any:
    """A client of five parameters."""
    for name, value in _VALUES.items():
        kind = "StringList" if name == "/ab" else "String"
        ssm.put_parameter(Name=name, Value=value, Type=kind, Tags=[{"Key": "last", "Value": name[-1]}])
    return ssm


def _names(answer: dict[str, Any]) -> list[str]:
    return [entry["Name"] for entry in answer["Parameters"]]


@pytest.mark.parametrize(
    ("path", "recursive", "names"),
    [
        ("/a", False, ["/a/b"]),
        ("/a/", True, ["/a/b", "/a/c/d", "/a/c/e"]),
        ("/a/c", False, ["/a/c/d", "/a/c/e"]),
        ("/", False, ["/ab", "z"]),
        ("/", True, ["/a/b", "/a/c/d", "/a/c/e", "/ab", "z"]),
        ("/a/b", True, []),
        ("/nothing", True, []),
    ],
)
def test_by_path(five: Any, path: str, recursive: bool, names: list[str]) -> None:
    assert sorted(_names(five.get_parameters_by_path(Path=path, Recursive=recursive))) == names


def test_pages_of_a_path(five: Any) -> None:
    first = five.get_parameters_by_path(Path="/", Recursive=True, MaxResults=2)
    second = five.get_parameters_by_path(Path="/", Recursive=True, MaxResults=3, NextToken=first["NextToken"])
    assert (
        _names(first) + _names(second) == ["/a/b", "/a/c/d", "/a/c/e", "ab", "z"]
        or len(set(_names(first) + _names(second))) == 5
    )
    assert "NextToken" not in second
    with pytest.raises(ClientError, match="InvalidNextToken"):
        five.get_parameters_by_path(Path="/", NextToken="x")


@pytest.mark.parametrize("path", ["a", "a/b", "//a", "/a b"])
def test_malformed_paths(ssm: Any, path: str) -> None:
    """The sentence is that of aws-samples/resource-autotagger#1."""
    with pytest.raises(ClientError, match=r"ValidationException.*must begin with a forward slash"):
        ssm.get_parameters_by_path(Path=path)


def test_a_label_chooses_versions_of_a_path(five: Any) -> None:
    five.put_parameter(Name="/a/b", Value="new", Overwrite=True)
    five.label_parameter_version(Name="/a/b", ParameterVersion=1, Labels=["live"])
    only = [{"Key": "Label", "Values": ["live"]}]
    (found,) = five.get_parameters_by_path(Path="/a", Recursive=True, ParameterFilters=only)["Parameters"]
    assert (found["Name"], found["Value"], found["Version"]) == ("/a/b", "1", 1)


def test_versions_of_one_parameter_go_over_pages(five: Any) -> None:
    """ "The maximum number of items to return for this call" (MaxResults, API_GetParametersByPath), whatever labels choose."""
    for number in range(1, 6):
        five.put_parameter(Name="/a/b", Value=f"new {number}", Overwrite=True)
        five.label_parameter_version(Name="/a/b", ParameterVersion=number, Labels=[f"l{number}"])
    five.label_parameter_version(Name="/a/c/d", ParameterVersion=1, Labels=["l1"])
    labels = {"Key": "Label", "Values": [f"l{number}" for number in range(1, 6)]}
    asked = {"Path": "/a", "Recursive": True, "ParameterFilters": [labels], "MaxResults": 2}
    pages = [
        [(one["Name"], one["Version"]) for one in page["Parameters"]]
        for page in five.get_paginator("get_parameters_by_path").paginate(**asked)
    ]
    expected = [*(("/a/b", number) for number in range(1, 6)), ("/a/c/d", 1)]
    assert [one for page in pages for one in page] == expected
    assert max(map(len, pages)) == 2


@pytest.mark.parametrize(
    ("one", "names"),
    [
        ({"Key": "Name", "Values": ["/a/b", "/z"]}, ["/a/b", "z"]),
        ({"Key": "Name", "Option": "BeginsWith", "Values": ["a"]}, ["/a/b", "/a/c/d", "/a/c/e", "/ab"]),
        ({"Key": "Name", "Option": "Contains", "Values": ["c/"]}, ["/a/c/d", "/a/c/e"]),
        ({"Key": "Path", "Values": ["/a"]}, ["/a/b"]),
        ({"Key": "Path", "Option": "Recursive", "Values": ["/a/c", "/a"]}, ["/a/b", "/a/c/d", "/a/c/e"]),
        ({"Key": "Path", "Option": "Recursive", "Values": ["/a/c"]}, ["/a/c/d", "/a/c/e"]),
        ({"Key": "Type", "Values": ["StringList"]}, ["/ab"]),
        ({"Key": "Tier", "Values": ["Advanced"]}, []),
        ({"Key": "DataType", "Values": ["text"]}, ["/a/b", "/a/c/d", "/a/c/e", "/ab", "z"]),
        ({"Key": "KeyId", "Values": ["alias/aws/ssm"]}, []),
        ({"Key": "tag:last", "Values": ["b"]}, ["/a/b", "/ab"]),
        ({"Key": "tag:last"}, ["/a/b", "/a/c/d", "/a/c/e", "/ab", "z"]),
        ({"Key": "tag:other"}, []),
    ],
)
def test_described_by_a_filter(five: Any, one: dict[str, Any], names: list[str]) -> None:
    assert sorted(_names(five.describe_parameters(ParameterFilters=[one]))) == names


def test_filters_hold_together_and_the_old_form_still_works(five: Any) -> None:
    both = [
        {"Key": "Name", "Option": "BeginsWith", "Values": ["a"]},
        {"Key": "Type", "Values": ["StringList"]},
    ]
    assert _names(five.describe_parameters(ParameterFilters=both)) == ["/ab"]
    assert _names(five.describe_parameters(Filters=[{"Key": "Name", "Values": ["/a/c"]}])) == [
        "/a/c/d",
        "/a/c/e",
    ]
    with pytest.raises(
        ClientError, match="You can use either Filters or ParameterFilters in a single request"
    ):
        five.describe_parameters(ParameterFilters=both, Filters=[{"Key": "Name", "Values": ["a"]}])


@pytest.mark.parametrize(
    ("one", "match"),
    [
        ({"Key": "Label", "Values": ["x"]}, "InvalidFilterKey.*The following filter key is not valid: Label"),
        ({"Key": "Name"}, "InvalidFilterValue.*filter values are missing : null for filter key Name"),
        ({"Key": "Name", "Option": "Near", "Values": ["x"]}, "InvalidFilterOption.*is not valid: Near"),
        (
            {"Key": "Path", "Option": "Equals", "Values": ["/x"]},
            r"InvalidFilterOption.*\[Recursive, OneLevel\]",
        ),
        ({"Key": "Path", "Values": ["x"]}, "ValidationException.*must begin with a forward slash"),
        ({"Key": "Path", "Values": ["/aws/x"]}, "ValidationException.*Filters for common parameters"),
        ({"Key": "Tier", "Values": ["Low"]}, "InvalidFilterOption.*filter value is not valid: Low"),
        ({"Key": "Shape", "Values": ["x"]}, "ValidationException"),
    ],
)
def test_filters_that_are_refused(ssm: Any, one: dict[str, Any], match: str) -> None:
    """The sentences are those of getmoto/moto's test_describe_parameters_invalid_parameter_filters."""
    with pytest.raises(ClientError, match=match):
        ssm.describe_parameters(ParameterFilters=[one])


def test_a_filter_twice_and_other_refusals(ssm: Any) -> None:
    twice = [{"Key": "Name", "Values": ["a"]}, {"Key": "Name", "Values": ["b"]}]
    with pytest.raises(ClientError, match=r"InvalidFilterKey.*duplicated in the request: Name"):
        ssm.describe_parameters(ParameterFilters=twice)
    with pytest.raises(ClientError, match="InvalidFilterKey"):
        ssm.get_parameters_by_path(Path="/", ParameterFilters=[{"Key": "Name", "Values": ["a"]}])
    with pytest.raises(ClientError, match=r"NotImplemented.*DescribeParameters with Shared"):
        ssm.describe_parameters(Shared=True)


def test_a_page_of_few_among_many_goes_on(ssm: Any) -> None:
    """One call looks at 500 parameters, so a page may be empty and have a next one."""
    for number in range(501):
        ssm.put_parameter(Name=f"p{number:03}", Value="v", Type="String")
    only = [{"Key": "Name", "Option": "Contains", "Values": ["500"]}]
    first = ssm.describe_parameters(ParameterFilters=only)
    assert first["Parameters"] == []
    rest = ssm.describe_parameters(ParameterFilters=only, NextToken=first["NextToken"])
    assert _names(rest) == ["p500"]
    assert "NextToken" not in rest
