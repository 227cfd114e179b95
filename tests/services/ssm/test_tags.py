"""Tags of parameters, and what is not there of Systems Manager."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

PARAMETER = {"ResourceType": "Parameter", "ResourceId": "/a/b"}


def test_tags_are_set_listed_and_removed(ssm: Any) -> None:
    ssm.put_parameter(Name="/a/b", Value="1", Type="String", Tags=[{"Key": "a", "Value": "1"}])
    ssm.add_tags_to_resource(**PARAMETER, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}])
    tags = ssm.list_tags_for_resource(**PARAMETER)["TagList"]
    assert tags == [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}]
    ssm.remove_tags_from_resource(**PARAMETER, TagKeys=["a", "x"])
    assert ssm.list_tags_for_resource(**PARAMETER)["TagList"] == [{"Key": "b", "Value": ""}]
    ssm.delete_parameter(Name="/a/b")
    ssm.put_parameter(Name="/a/b", Value="1", Type="String")
    assert ssm.list_tags_for_resource(**PARAMETER)["TagList"] == []


def test_what_is_refused(ssm: Any) -> None:
    with pytest.raises(ClientError, match="InvalidResourceId"):
        ssm.list_tags_for_resource(**PARAMETER)
    ssm.put_parameter(Name="/a/b", Value="1", Type="String")
    many = [{"Key": str(number), "Value": "v"} for number in range(51)]
    with pytest.raises(ClientError, match="TooManyTagsError"):
        ssm.add_tags_to_resource(**PARAMETER, Tags=many)
    assert ssm.list_tags_for_resource(**PARAMETER)["TagList"] == []
    with pytest.raises(ClientError, match=r"NotImplemented.*AddTagsToResource with ResourceType Document"):
        ssm.add_tags_to_resource(ResourceType="Document", ResourceId="x", Tags=[{"Key": "a", "Value": "b"}])


def test_the_rest_of_systems_manager_is_refused_by_name(ssm: Any) -> None:
    with pytest.raises(ClientError, match=r"NotImplemented.*ssm:ListDocuments"):
        ssm.list_documents()
