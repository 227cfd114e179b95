"""QueryLineage (API_QueryLineage, API_QueryFilters; querying-lineage-entities.html in the developer guide)."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.services.sagemaker.lineage import association_table, graph
from clary.services.sagemaker.lineage.association_table import Edge

Make = Callable[..., str]
SCOPE = "111122223333/us-east-1"
PREFIX = "arn:aws:sagemaker:us-east-1:111122223333"


@pytest.fixture
def chain(artifact: Make, action: Make, context: Make, associate: Any) -> list[str]:
    """Data set -> model -> deployment -> endpoint."""
    arns = [
        artifact("s3://b/d", "DataSet", Properties={"rows": "10"}),
        artifact("s3://b/m", "Model"),
        action("deploy", "ModelDeployment", Properties={"by": "me"}),
        context("e", "Endpoint"),
    ]
    associate(*arns)
    return arns


def arns_of(answer: Any) -> list[str]:
    return [vertex["Arn"] for vertex in answer["Vertices"]]


def test_directions(sm: Any, chain: list[str]) -> None:
    data, model, deployment, endpoint = chain

    def found(start: str, direction: str, **more: Any) -> list[str]:
        answer = sm.query_lineage(StartArns=[start], Direction=direction, **more)
        assert answer["Edges"] == []
        return arns_of(answer)

    assert found(model, "Ascendants") == [data]
    assert found(model, "Descendants") == [deployment, endpoint]
    assert set(found(model, "Both")) == {data, deployment, endpoint}
    assert set(arns_of(sm.query_lineage(StartArns=[model]))) == {data, deployment, endpoint}
    assert found(data, "Descendants", MaxDepth=1) == [model]
    assert found(data, "Descendants", MaxDepth=2) == [model, deployment]
    assert found(data, "Ascendants") == []


def test_both_goes_on_in_both_directions(sm: Any, artifact: Make, context: Make, associate: Any) -> None:
    """ "This traversal takes place not only from the starting node, but from each node that is visited": both endpoints
    are found, since the image is common to them."""
    image, model, one, two = artifact("image", "Image"), artifact("m", "Model"), context("e1"), context("e2")
    associate(image, model, one)
    associate(image, two)
    assert set(arns_of(sm.query_lineage(StartArns=[model], Direction="Both"))) == {image, one, two}
    assert arns_of(sm.query_lineage(StartArns=[model], Direction="Descendants")) == [one]


def test_what_a_vertex_says(sm: Any, chain: list[str]) -> None:
    answer = sm.query_lineage(StartArns=[chain[0]], Direction="Descendants", IncludeEdges=True)
    assert answer["Vertices"] == [
        {"Arn": chain[0], "Type": "DataSet", "LineageType": "Artifact"},
        {"Arn": chain[1], "Type": "Model", "LineageType": "Artifact"},
        {"Arn": chain[2], "Type": "ModelDeployment", "LineageType": "Action"},
        {"Arn": chain[3], "Type": "Endpoint", "LineageType": "Context"},
    ]
    assert answer["Edges"] == [
        {"SourceArn": source, "DestinationArn": destination, "AssociationType": "ContributedTo"}
        for source, destination in itertools.pairwise(chain)
    ]
    assert "NextToken" not in answer


def test_filters(sm: Any, chain: list[str], clock: FakeClock) -> None:
    data, model, deployment, endpoint = chain
    created = clock.now()
    clock.advance(100)
    sm.update_artifact(ArtifactArn=data, ArtifactName="new")

    def found(**filters: Any) -> list[str]:
        return arns_of(sm.query_lineage(StartArns=[endpoint], Direction="Ascendants", Filters=filters))

    assert found() == [deployment, model, data]
    assert found(Types=["DataSet", "ModelDeployment"]) == [deployment, data]
    assert found(LineageTypes=["Artifact"]) == [model, data]
    assert found(LineageTypes=["Artifact"], Types=["Model"]) == [model]
    assert found(LineageTypes=["TrialComponent"]) == []
    # "an entity is included in the results if it matches any of the provided pairs"
    assert found(Properties={"rows": "10", "by": "nobody"}) == [data]
    assert found(Properties={"rows": "10", "by": "me"}) == [deployment, data]
    assert found(Properties={"rows": "11"}) == []
    assert found(CreatedAfter=created - 1) == [deployment, model, data]
    assert found(CreatedAfter=created + 50) == found(CreatedBefore=created - 1) == []
    assert found(CreatedBefore=created + 50) == [deployment, model, data]
    assert found(ModifiedAfter=created + 50) == [data]
    assert found(ModifiedBefore=created + 50) == [deployment, model]


def test_edges_show_the_way_to_what_matches(
    sm: Any, chain: list[str], artifact: Make, associate: Any
) -> None:
    """ "Setting this value to True retrieves not only the entities of interest but also the Associations and lineage
    entities on the path." """
    data, model, deployment, _endpoint = chain
    associate(artifact("i", "Image"), model)  # not on the way
    asked = {"StartArns": [deployment], "Direction": "Ascendants", "Filters": {"Types": ["DataSet"]}}
    answer = sm.query_lineage(**asked, IncludeEdges=True)
    assert arns_of(answer) == [deployment, model, data]
    assert {(edge["SourceArn"], edge["DestinationArn"]) for edge in answer["Edges"]} == {
        (data, model),
        (model, deployment),
    }
    assert arns_of(sm.query_lineage(**asked)) == [data]


def test_a_cycle_ends(sm: Any, artifact: Make, associate: Any) -> None:
    a, b, c = (artifact(uri) for uri in "abc")
    associate(a, b, c, a)
    for direction in ("Ascendants", "Descendants", "Both"):
        answer = sm.query_lineage(StartArns=[a], Direction=direction, IncludeEdges=True)
        assert set(arns_of(answer)) == {a, b, c}
        assert len(answer["Edges"]) == 3


def test_pages_show_each_vertex_and_each_edge_once(
    sm: Any, artifact: Make, action: Make, associate: Any
) -> None:
    centre = action("centre")
    data = [artifact(f"d{n}") for n in range(7)]
    for arn in data:
        associate(arn, centre)
    associate(data[0], data[1])
    seen: list[str] = []
    edges: list[tuple[str, str]] = []
    asked: dict[str, Any] = {}
    while True:
        answer = sm.query_lineage(StartArns=[centre], IncludeEdges=True, MaxResults=3, **asked)
        assert len(answer["Vertices"]) <= 3
        seen += arns_of(answer)
        edges += [(edge["SourceArn"], edge["DestinationArn"]) for edge in answer["Edges"]]
        if "NextToken" not in answer:
            break
        asked = {"NextToken": answer["NextToken"]}
    assert sorted(seen) == sorted([centre, *data])
    assert len(edges) == len(set(edges)) == 8
    with pytest.raises(ClientError, match="pagination token"):
        sm.query_lineage(StartArns=[centre], NextToken="forged")


def test_bad_starts(sm: Any, chain: list[str]) -> None:
    with pytest.raises(sm.exceptions.ResourceNotFound):
        sm.query_lineage(StartArns=[chain[0].replace("111122223333", "999988887777")])
    with pytest.raises(ClientError, match="QueryLineage without StartArns"):
        sm.query_lineage()
    for wrong in ({"MaxDepth": 11}, {"MaxDepth": 0}, {"MaxResults": 51}, {"StartArns": ["arn:aws:s3:::b"]}):
        with pytest.raises(ClientError) as caught:
            sm.query_lineage(**{"StartArns": [chain[0]], **wrong})
        assert caught.value.response["Error"]["Code"] == "ValidationException"


@pytest.fixture
def large(platform: Platform, artifact: Make) -> str:
    """The start of a graph of 10,000 associations: 100 jobs that share an image, each with 99 inputs."""
    start = artifact("image", "Image")
    with platform.store.write() as tx:
        for job in range(100):
            component = f"{PREFIX}:experiment-trial-component/job-{job}"
            association_table.add(
                tx, SCOPE, Edge(start, component, "ContributedTo", "Image", "TrainingJob", 0.0)
            )
            for n in range(99):
                data = f"{PREFIX}:artifact/{job:016x}{n:016x}"
                association_table.add(
                    tx, SCOPE, Edge(data, component, "ContributedTo", "DataSet", "TrainingJob", 0.0)
                )
    return start


def test_a_large_graph(sm: Any, large: str, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """10,000 associations are each read at most once from each end, in few statements."""
    statements: list[int] = []
    around = association_table.around

    def counted(*args: Any) -> Any:
        statements.append(len(args[-1]))
        return around(*args)

    monkeypatch.setattr(association_table, "around", counted)
    began = time.process_time()
    answer = sm.query_lineage(StartArns=[large], IncludeEdges=True)
    took = time.process_time() - began
    assert len(answer["Vertices"]) == 1000
    assert "NextToken" in answer
    assert sum(statements) == 2 * (1 + 100 + 9900)
    assert len(statements) == 2 * 3, "one for each level and end"
    assert took < 3, "linear: it takes some 0.2 s on an idle machine"
    monkeypatch.setattr(graph, "MOST_EDGES", 5000)
    with pytest.raises(ClientError, match="Use a smaller MaxDepth"):
        sm.query_lineage(StartArns=[large])
    assert len(sm.query_lineage(StartArns=[large], MaxDepth=1)["Vertices"]) == 100
