"""Artifacts, actions, contexts and the account's lineage group.

Sources: the API reference of SageMaker (API_CreateArtifact, API_UpdateArtifact, API_DeleteArtifact …), SDK v2
(sagemaker/lineage, sagemaker/experiments/_helper.py) and its integration tests (tests/integ/sagemaker/lineage).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform

Make = Callable[..., str]
ACCOUNT = "arn:aws:sagemaker:us-east-1:111122223333"


def code_of(caught: Any) -> str:
    return caught.value.response["Error"]["Code"]


def test_an_artifact_from_creation_to_deletion(sm: Any) -> None:
    source = {"SourceUri": "s3://b/data", "SourceTypes": [{"SourceIdType": "S3ETag", "Value": "e1"}]}
    arn = sm.create_artifact(
        ArtifactName="a-1",
        Source=source,
        ArtifactType="DataSet",
        Properties={"k1": "v1"},
        MetadataProperties={"CommitId": "c0ffee"},
        Tags=[{"Key": "team", "Value": "x"}],
    )["ArtifactArn"]
    assert re.fullmatch(f"{ACCOUNT}:artifact/[0-9a-f]{{32}}", arn)
    shown = sm.describe_artifact(ArtifactArn=arn)
    assert (shown["ArtifactName"], shown["ArtifactType"], shown["Source"]) == ("a-1", "DataSet", source)
    assert (shown["Properties"], shown["MetadataProperties"]) == ({"k1": "v1"}, {"CommitId": "c0ffee"})
    assert shown["LineageGroupArn"] == f"{ACCOUNT}:lineage-group/sagemaker-default-lineage-group"
    assert "LastModifiedBy" not in shown
    assert sm.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "x"}]
    assert sm.delete_artifact(ArtifactArn=arn)["ArtifactArn"] == arn
    with pytest.raises(sm.exceptions.ResourceNotFound):
        sm.describe_artifact(ArtifactArn=arn)


def test_a_source_has_one_artifact(sm: Any, artifact: Make) -> None:
    """ "There can be only one artifact with a unique SourceUri" (lineage-tracking-entities.html); its ids are part of the
    source, as in _retrieve_and_create_if_not_exist_mlflow_model_path_lineage_artifact of SDK v2. SDKs go on where the
    message of a ValidationException has "already exists"."""
    arn = artifact("s3://b/a", "DataSet")
    for kind in ("DataSet", "Model"):
        with pytest.raises(ClientError, match=f"already exists: {arn}") as caught:
            artifact("s3://b/a", kind, ArtifactName="other")
        assert code_of(caught) == "ValidationException"
    ids = [{"SourceIdType": "S3ETag", "Value": "1"}, {"SourceIdType": "Custom", "Value": "2"}]
    made = sm.create_artifact(Source={"SourceUri": "s3://b/a", "SourceTypes": ids}, ArtifactType="DataSet")
    assert made["ArtifactArn"] != arn
    turned = {"SourceUri": "s3://b/a", "SourceTypes": ids[::-1]}
    with pytest.raises(ClientError, match="already exists"):
        sm.create_artifact(Source=turned, ArtifactType="DataSet")
    assert len(sm.list_artifacts(SourceUri="s3://b/a")["ArtifactSummaries"]) == 2


def test_artifacts_of_two_sources_may_have_one_name(artifact: Make) -> None:
    # The integration tests of SDK v2 do so: conftest.py makes "foo" several times.
    assert artifact("s3://b/1", ArtifactName="foo") != artifact("s3://b/2", ArtifactName="foo")


def test_an_artifact_has_the_same_id_in_every_region(client: Callable[..., Any], artifact: Make) -> None:
    # As in accounts that share their lineage: _collapse_cross_account_artifacts of SDK v2 compares the ids.
    west = client("sagemaker", region_name="eu-west-1")
    made = west.create_artifact(Source={"SourceUri": "s3://b/a"}, ArtifactType="DataSet")["ArtifactArn"]
    arn = artifact("s3://b/a")
    assert made != arn
    assert made.partition("/")[2] == arn.partition("/")[2]


def test_an_artifact_is_deleted_by_its_source(sm: Any, artifact: Make) -> None:
    arn = artifact("s3://b/a")
    with pytest.raises(sm.exceptions.ResourceNotFound):
        sm.delete_artifact(Source={"SourceUri": "s3://b/other"})
    assert sm.delete_artifact(Source={"SourceUri": "s3://b/a"})["ArtifactArn"] == arn
    with pytest.raises(ClientError, match="Either ArtifactArn or Source must be specified") as caught:
        sm.delete_artifact()
    assert code_of(caught) == "ValidationException"


def test_what_lists_find(sm: Any, artifact: Make, clock: FakeClock) -> None:
    first = artifact("s3://b/" + "x" * 1500, "DataSet")
    clock.advance(10)
    second = artifact("s3://b/2", "Model")

    def arns(**asked: Any) -> list[str]:
        return [one["ArtifactArn"] for one in sm.list_artifacts(**asked)["ArtifactSummaries"]]

    assert arns() == [second, first]  # "The default value is Descending"
    assert arns(SortBy="CreationTime", SortOrder="Ascending") == [first, second]
    assert arns(SourceUri="s3://b/2") == arns(ArtifactType="Model") == [second]
    assert arns(SourceUri="s3://b/" + "x" * 1500) == [first]
    assert arns(SourceUri="s3://b/2", ArtifactType="DataSet") == arns(SourceUri="s3://b") == []
    assert arns(CreatedAfter=clock.now() - 5) == [second]
    assert arns(CreatedBefore=clock.now() - 5) == [first]
    page = sm.list_artifacts(MaxResults=1)
    assert [one["ArtifactArn"] for one in page["ArtifactSummaries"]] == [second]
    assert arns(MaxResults=1, NextToken=page["NextToken"]) == [first]


def test_update_replaces_properties_and_removes_some(sm: Any, artifact: Make, clock: FakeClock) -> None:
    """ "Properties: Overwrites the current property list. PropertiesToRemove: A list of properties to remove." """
    arn = artifact("s3://b/a", Properties={"k1": "v1", "k2": "v2"})
    clock.advance(1)
    assert sm.update_artifact(ArtifactArn=arn, PropertiesToRemove=["k1"])["ArtifactArn"] == arn
    assert sm.describe_artifact(ArtifactArn=arn)["Properties"] == {"k2": "v2"}
    sm.update_artifact(
        ArtifactArn=arn, ArtifactName="n", Properties={"k3": "3", "k4": "4"}, PropertiesToRemove=["k4"]
    )
    shown = sm.describe_artifact(ArtifactArn=arn)
    assert (shown["ArtifactName"], shown["Properties"]) == ("n", {"k3": "3"})
    assert shown["LastModifiedTime"] > shown["CreationTime"]
    assert sm.list_artifacts(SourceUri="s3://b/a")["ArtifactSummaries"][0]["ArtifactName"] == "n"


@pytest.mark.parametrize("noun", ["action", "context"])
def test_actions_and_contexts(sm: Any, noun: str) -> None:
    name, arn_member = f"{noun.title()}Name", f"{noun.title()}Arn"
    create, describe, update, delete, listed = (
        getattr(sm, f"{verb}_{noun}{'s' if verb == 'list' else ''}")
        for verb in ("create", "describe", "update", "delete", "list")
    )
    source = {"SourceUri": "arn:x", "SourceType": "ARN", "SourceId": "1"}
    asked = {name: "n-1", "Source": source, f"{noun.title()}Type": "T", "Properties": {"a": "1"}}
    arn = create(**asked, Description="d")[arn_member]
    assert arn == f"{ACCOUNT}:{noun}/n-1"
    with pytest.raises(ClientError, match="already exists") as caught:
        create(**asked)
    assert code_of(caught) == "ValidationException"
    for spelled in ("n-1", arn):
        shown = describe(**{name: spelled})
        assert (shown["Source"], shown["Description"], shown["Properties"]) == (source, "d", {"a": "1"})
    update(**{name: "n-1"}, Description="e", Properties={"b": "2"})
    shown = describe(**{name: "n-1"})
    assert (shown["Description"], shown["Properties"]) == ("e", {"b": "2"})
    create(**{**asked, name: "n-2", "Source": {"SourceUri": "other"}})
    summaries = f"{noun.title()}Summaries"
    assert [one[name] for one in listed(SourceUri="arn:x")[summaries]] == ["n-1"]
    assert [one[name] for one in listed(SortBy="Name", SortOrder="Ascending")[summaries]] == ["n-1", "n-2"]
    assert listed(**{f"{noun.title()}Type": "U"})[summaries] == []
    assert delete(**{name: "n-1"})[arn_member] == arn
    for call in (describe, delete, update):
        with pytest.raises(sm.exceptions.ResourceNotFound):
            call(**{name: "n-1"})


def test_the_status_of_an_action(sm: Any, action: Make) -> None:
    action("a", Status="InProgress")
    sm.update_action(ActionName="a", Status="Completed")
    assert sm.describe_action(ActionName="a")["Status"] == "Completed"
    assert sm.list_actions()["ActionSummaries"][0]["Status"] == "Completed"
    with pytest.raises(ClientError, match="ValidationException"):
        sm.update_action(ActionName="a", Status="Done")


def test_another_accounts_arn_names_nothing(sm: Any, action: Make, artifact: Make) -> None:
    action("a")
    foreign = artifact("s3://b/a").replace("111122223333", "999988887777")
    for call, asked in (
        (sm.describe_action, {"ActionName": f"{ACCOUNT.replace('1111', '9999')}:action/a"}),
        (sm.describe_artifact, {"ArtifactArn": foreign}),
        (sm.delete_artifact, {"ArtifactArn": foreign}),
    ):
        with pytest.raises(sm.exceptions.ResourceNotFound):
            call(**asked)


def test_the_lineage_group_comes_with_the_first_entity(sm: Any, artifact: Make) -> None:
    name = "sagemaker-default-lineage-group"
    with pytest.raises(sm.exceptions.ResourceNotFound):
        sm.describe_lineage_group(LineageGroupName=name)
    assert sm.list_lineage_groups()["LineageGroupSummaries"] == []
    artifact("s3://b/a")
    artifact("s3://b/b")
    shown = sm.describe_lineage_group(LineageGroupName=name)
    assert shown["DisplayName"] == shown["LineageGroupName"] == name
    (listed,) = sm.list_lineage_groups()["LineageGroupSummaries"]
    assert listed["LineageGroupArn"] == shown["LineageGroupArn"]
    for spelled in (name, shown["LineageGroupArn"]):
        policy = sm.get_lineage_group_policy(LineageGroupName=spelled)
        assert policy["LineageGroupArn"] == shown["LineageGroupArn"]
        assert "ResourcePolicy" not in policy
    with pytest.raises(sm.exceptions.ResourceNotFound):
        sm.get_lineage_group_policy(LineageGroupName="other")


def test_the_feed_says_of_which_source_an_entity_is(platform: Platform, artifact: Make) -> None:
    artifact("s3://b/a")
    with platform.store.read() as tx:
        (change,) = tx.changes(0, 10, ["sagemaker:Artifact"])
    assert change.view["new"]["status"] == "s3://b/a"


@pytest.mark.parametrize("uri", ["sha256:" + "0" * 64, "a\0b", "é" * 1000])
def test_odd_uris_are_found_as_well(sm: Any, artifact: Make, uri: str) -> None:
    arn = artifact(uri)
    (found,) = sm.list_artifacts(SourceUri=uri)["ArtifactSummaries"]
    assert (found["ArtifactArn"], found["Source"]["SourceUri"]) == (arn, uri)
