"""Associations (API_AddAssociation, API_DeleteAssociation, API_ListAssociations)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock

Make = Callable[..., str]


def test_an_association_from_creation_to_deletion(sm: Any, artifact: Make, action: Make) -> None:
    ends = {
        "SourceArn": artifact("s3://b/a", "DataSet", ArtifactName="n"),
        "DestinationArn": action("x", "T"),
    }
    added = sm.add_association(**ends, AssociationType="ContributedTo")
    assert {name: added[name] for name in ends} == ends
    (shown,) = sm.list_associations(SourceArn=ends["SourceArn"])["AssociationSummaries"]
    assert {name: shown[name] for name in ends} == ends
    assert (shown["SourceName"], shown["SourceType"]) == ("n", "DataSet")
    assert (shown["DestinationName"], shown["DestinationType"]) == ("x", "T")
    assert shown["AssociationType"] == "ContributedTo"
    removed = sm.delete_association(**ends)
    assert {name: removed[name] for name in ends} == ends
    assert sm.list_associations()["AssociationSummaries"] == []
    with pytest.raises(sm.exceptions.ResourceNotFound):
        sm.delete_association(**ends)


def test_two_entities_are_associated_once(sm: Any, artifact: Make, action: Make) -> None:
    # SDK v2 goes on where the message of a ValidationException has "already exists" (experiments/_helper.py).
    ends = {"SourceArn": artifact("s3://b/a"), "DestinationArn": action("x")}
    sm.add_association(**ends)
    for kind in ({}, {"AssociationType": "Produced"}):
        with pytest.raises(ClientError, match="already exists") as caught:
            sm.add_association(**ends, **kind)
        assert caught.value.response["Error"]["Code"] == "ValidationException"
    (shown,) = sm.list_associations()["AssociationSummaries"]
    assert "AssociationType" not in shown
    assert "SourceName" not in shown
    sm.add_association(SourceArn=ends["DestinationArn"], DestinationArn=ends["SourceArn"])  # the other way


def test_both_ends_must_be_there(sm: Any, artifact: Make, context: Make) -> None:
    here, other = artifact("s3://b/a"), context("c")
    for missing in (
        here.replace("artifact/", "artifact/0"),
        other + "x",
        other.replace("111122223333", "999988887777"),
        here.replace("us-east-1", "eu-west-1"),
        other.replace("context/c", "experiment-trial-component/t"),
        other.replace("context/c", "experiment/e"),
    ):
        for ends in ((here, missing), (missing, here)):
            with pytest.raises(sm.exceptions.ResourceNotFound):
                sm.add_association(SourceArn=ends[0], DestinationArn=ends[1])
    assert sm.list_associations()["AssociationSummaries"] == []


def test_what_is_associated_is_not_deleted(sm: Any, artifact: Make, context: Make, associate: Any) -> None:
    # SDK v2 deletes associations first where it is asked to: Artifact.delete(disassociate=True).
    source, destination = artifact("s3://b/a"), context("c")
    associate(source, destination)
    for delete in (
        lambda: sm.delete_artifact(ArtifactArn=source),
        lambda: sm.delete_artifact(Source={"SourceUri": "s3://b/a"}),
        lambda: sm.delete_context(ContextName="c"),
    ):
        with pytest.raises(ClientError, match="has associations") as caught:
            delete()
        assert caught.value.response["Error"]["Code"] == "ValidationException"
    sm.delete_association(SourceArn=source, DestinationArn=destination)
    sm.delete_artifact(ArtifactArn=source)
    sm.delete_context(ContextName="c")


def test_filters_orders_and_pages(
    sm: Any, artifact: Make, action: Make, context: Make, associate: Any, clock: FakeClock
) -> None:
    data, model = artifact("s3://b/d", "DataSet"), artifact("s3://b/m", "Model")
    deployment, endpoint = action("deploy", "ModelDeployment"), context("e", "Endpoint")
    for pair, kind in (
        ((data, model), "DerivedFrom"),
        ((model, deployment), "ContributedTo"),
        ((deployment, endpoint), "AssociatedWith"),
    ):
        associate(*pair, kind=kind)
        clock.advance(10)
    now = clock.now()

    def found(**asked: Any) -> list[tuple[str, str]]:
        pages = sm.get_paginator("list_associations").paginate(**asked, PaginationConfig={"PageSize": 1})
        listed = [one for page in pages for one in page["AssociationSummaries"]]
        assert listed == sm.list_associations(**asked)["AssociationSummaries"]
        return [(one["SourceArn"], one["DestinationArn"]) for one in listed]

    first, second, third = (data, model), (model, deployment), (deployment, endpoint)
    assert found() == [third, second, first]  # by CreationTime, Descending
    assert found(SortOrder="Ascending") == [first, second, third]
    assert found(SourceArn=model) == found(DestinationType="ModelDeployment") == [second]
    assert found(DestinationArn=endpoint) == found(SourceType="ModelDeployment") == [third]
    assert found(AssociationType="DerivedFrom") == [first]
    assert found(CreatedAfter=now - 10) == [third]  # "on or after"
    assert found(CreatedBefore=now - 30) == [first]
    assert found(SourceArn=model, DestinationArn=endpoint) == []
    assert found(SortBy="SourceType", SortOrder="Ascending") == [first, second, third]
    assert found(SortBy="DestinationType", SortOrder="Ascending") == [third, first, second]
    for member in ("SourceArn", "DestinationArn"):
        column = {"SourceArn": 0, "DestinationArn": 1}[member]
        assert found(SortBy=member, SortOrder="Ascending") == sorted(
            [first, second, third], key=lambda e: e[column]
        )
    token = sm.list_associations(MaxResults=1)["NextToken"]
    with pytest.raises(ClientError, match="pagination token"):
        sm.list_associations(MaxResults=1, NextToken=token, SortBy="SourceArn")


def test_trial_components_and_experiments_are_ends_too(sm: Any, artifact: Make) -> None:
    """As Run.log_confusion_matrix of SDK v2 associates them (sagemaker/experiments/_helper.py)."""
    graph = artifact("s3://b/matrix.json", "ConfusionMatrix")
    component = sm.create_trial_component(TrialComponentName="run-1")["TrialComponentArn"]
    experiment = sm.create_experiment(ExperimentName="e")["ExperimentArn"]
    sm.add_association(SourceArn=component, DestinationArn=graph, AssociationType="Produced")
    sm.add_association(SourceArn=graph, DestinationArn=experiment)
    (shown,) = sm.list_associations(SourceArn=component)["AssociationSummaries"]
    assert (shown["SourceName"], shown["SourceType"]) == ("run-1", "TrialComponent")
    answer = sm.query_lineage(StartArns=[component], Direction="Descendants")
    assert [vertex["Arn"] for vertex in answer["Vertices"]] == [graph, experiment]
