"""Pipelines and their versions (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html and its
neighbours; what SDKs compare: `upsert` of sagemaker.workflow.pipeline)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform, Record
from clary.services.sagemaker.pipelines import operations
from clary.store.api import Stale
from tests.services.sagemaker.pipelines.definition.making import fail, parameter, text

ARN = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/p"
FIRST, SECOND = text(fail("A")), text(fail("B"))


@pytest.fixture
def made(sm: Any, role: str) -> dict[str, Any]:
    """A pipeline, and the request that made it."""
    request = {"PipelineName": "p", "RoleArn": role, "PipelineDefinition": FIRST}
    assert sm.create_pipeline(**request)["PipelineArn"] == ARN
    return request


def refused(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    """Return code and sentence of a call that fails."""
    with pytest.raises(ClientError) as error:
        call(**params)
    said = error.value.response["Error"]
    return said["Code"], said["Message"]


def test_what_was_created_is_described(sm: Any, role: str) -> None:
    request = {
        "PipelineName": "p",
        "PipelineDisplayName": "shown",
        "PipelineDescription": "why",
        "PipelineDefinition": FIRST,
        "RoleArn": role,
        "ParallelismConfiguration": {"MaxParallelExecutionSteps": 3},
    }
    sm.create_pipeline(**request, Tags=[{"Key": "a", "Value": "1"}])
    shown = sm.describe_pipeline(PipelineName="p")
    assert {name: shown[name] for name in request} == request
    assert (shown["PipelineArn"], shown["PipelineStatus"]) == (ARN, "Active")
    assert shown["CreatedBy"]["IamIdentity"]["Arn"] == "arn:aws:iam::111122223333:root"
    assert "LastRunTime" not in shown
    assert sm.describe_pipeline(PipelineName=ARN)["PipelineName"] == "p"
    assert sm.list_tags(ResourceArn=ARN)["Tags"] == [{"Key": "a", "Value": "1"}]
    (listed,) = sm.list_pipelines()["PipelineSummaries"]
    assert (listed["PipelineName"], listed["PipelineDisplayName"], listed["RoleArn"]) == ("p", "shown", role)


def test_a_name_is_given_once(sm: Any, made: dict[str, Any]) -> None:
    """The sentence that SDKs look for: ValidationException with "already exists"."""
    assert refused(sm.create_pipeline, **made) == (
        "ValidationException",
        "Pipeline names must be unique within an AWS account and region. "
        "Pipeline with name (p) already exists.",
    )


def test_the_same_token_creates_and_deletes_once(sm: Any, role: str) -> None:
    request = {"PipelineName": "p", "RoleArn": role, "PipelineDefinition": FIRST}
    token = {"ClientRequestToken": "t" * 32}
    for _ in range(2):
        assert sm.create_pipeline(**request, **token)["PipelineArn"] == ARN
    assert sm.delete_pipeline(PipelineName="p", **token)["PipelineArn"] == ARN
    assert sm.delete_pipeline(PipelineName="p", **token)["PipelineArn"] == ARN
    assert refused(sm.delete_pipeline, PipelineName="p")[0] == "ResourceNotFound"


def test_a_definition_that_is_wrong_creates_nothing(sm: Any, role: str) -> None:
    wrong = {"PipelineName": "p", "RoleArn": role, "PipelineDefinition": '{"Steps": 1}'}
    assert refused(sm.create_pipeline, **wrong) == (
        "ValidationException",
        "Unable to parse pipeline definition. Expecting start of Json Array. (Steps)",
    )
    assert sm.list_pipelines()["PipelineSummaries"] == []
    assert refused(sm.create_pipeline, PipelineName="p", RoleArn=role)[1].startswith("Exactly one of")


def test_an_update_changes_what_it_names(sm: Any, made: dict[str, Any], clock: FakeClock) -> None:
    clock.advance(10)
    answer = sm.update_pipeline(PipelineName="p", PipelineDescription="again", PipelineDefinition=FIRST)
    assert (answer["PipelineArn"], answer["PipelineVersionId"]) == (ARN, 1)
    shown = sm.describe_pipeline(PipelineName="p")
    assert (shown["PipelineDescription"], shown["RoleArn"]) == ("again", made["RoleArn"])
    assert (shown["LastModifiedTime"] - shown["CreationTime"]).total_seconds() == 10
    assert refused(sm.update_pipeline, PipelineName="p", PipelineDefinition="{}")[0] == "ValidationException"
    assert refused(sm.update_pipeline, PipelineName="q") == (
        "ResourceNotFound",
        f"Pipeline '{ARN[:-1]}q' does not exist.",
    )


def test_each_definition_is_a_version(sm: Any, made: dict[str, Any], clock: FakeClock) -> None:
    clock.advance(1)
    assert sm.update_pipeline(PipelineName="p", PipelineDefinition=SECOND)["PipelineVersionId"] == 2
    assert sm.describe_pipeline(PipelineName="p")["PipelineDefinition"] == SECOND
    assert sm.describe_pipeline(PipelineName="p", PipelineVersionId=1)["PipelineDefinition"] == FIRST
    found = sm.list_pipeline_versions(PipelineName="p")["PipelineVersionSummaries"]
    assert [(one["PipelineVersionId"], one["PipelineArn"]) for one in found] == [(2, ARN), (1, ARN)]
    sm.update_pipeline_version(
        PipelineArn=ARN,
        PipelineVersionId=1,
        PipelineVersionDisplayName="old",
        PipelineVersionDescription="first",
    )
    shown = sm.describe_pipeline(PipelineName="p", PipelineVersionId=1)
    assert (shown["PipelineVersionDisplayName"], shown["PipelineVersionDescription"]) == ("old", "first")
    assert "PipelineVersionDisplayName" not in sm.describe_pipeline(PipelineName="p")
    first = sm.list_pipeline_versions(PipelineName=ARN, SortOrder="Ascending", MaxResults=1)
    assert first["PipelineVersionSummaries"][0]["PipelineVersionDisplayName"] == "old"
    rest = sm.list_pipeline_versions(PipelineName=ARN, SortOrder="Ascending", NextToken=first["NextToken"])
    assert [one["PipelineVersionId"] for one in rest["PipelineVersionSummaries"]] == [2]
    late = sm.list_pipeline_versions(PipelineName="p", CreatedAfter=clock.now() - 0.5)
    assert [one["PipelineVersionId"] for one in late["PipelineVersionSummaries"]] == [2]


def test_versions_that_are_not_there(sm: Any, made: dict[str, Any]) -> None:
    for call, params in (
        (sm.describe_pipeline, {"PipelineName": "p", "PipelineVersionId": 9}),
        (sm.update_pipeline_version, {"PipelineArn": ARN, "PipelineVersionId": 9}),
        (sm.update_pipeline_version, {"PipelineArn": f"{ARN}q", "PipelineVersionId": 1}),
        (sm.list_pipeline_versions, {"PipelineName": "q"}),
        (sm.describe_pipeline, {"PipelineName": "q"}),
    ):
        assert refused(call, **params)[0] == "ResourceNotFound"


def test_aliases_are_refused_by_name(sm: Any, made: dict[str, Any]) -> None:
    operations = {"Add": ["prod"]}
    for call, params in (
        (sm.create_pipeline, {**made, "PipelineName": "q", "PipelineVersionAliases": ["prod"]}),
        (sm.update_pipeline, {"PipelineName": "p", "PipelineVersionAliases": ["prod"]}),
        (sm.describe_pipeline, {"PipelineName": "p", "PipelineVersionAlias": "prod"}),
        (
            sm.update_pipeline_version,
            {"PipelineArn": ARN, "PipelineVersionId": 1, "PipelineVersionAliasOperations": operations},
        ),
    ):
        assert refused(call, **params)[0] == "NotImplemented"


def test_a_deleted_pipeline_leaves_nothing(sm: Any, made: dict[str, Any]) -> None:
    sm.update_pipeline(PipelineName="p", PipelineDefinition=SECOND)
    assert sm.delete_pipeline(PipelineName="p")["PipelineArn"] == ARN
    assert refused(sm.describe_pipeline, PipelineName="p") == (
        "ResourceNotFound",
        f"Pipeline '{ARN}' does not exist.",
    )
    sm.create_pipeline(**made)
    found = sm.list_pipeline_versions(PipelineName="p")["PipelineVersionSummaries"]
    assert [one["PipelineVersionId"] for one in found] == [1]


def test_a_pipeline_that_is_running_is_not_deleted(
    sm: Any, made: dict[str, Any], platform: Platform, clock: FakeClock
) -> None:
    """DeletePipeline: "if there are no running instances of the pipeline … all instances of the pipeline are deleted"."""
    named = {"kind": "sagemaker:PipelineExecution", "scope": "111122223333/us-east-1", "id": "p/abcdefghijkl"}
    doc = {"spec": {}, "status": {}, "private": {}}
    execution = Record(
        **named, arn=f"{ARN}/execution/abcdefghijkl", status="Stopping", doc=doc, created=1.0, modified=1.0
    )
    with platform.store.write() as tx:
        execution = tx.insert(execution)
    code, said = refused(sm.delete_pipeline, PipelineName="p")
    assert (code, said.startswith(f"Pipeline {ARN} cannot be deleted")) == ("ConflictException", True)
    with platform.store.write() as tx:
        tx.update(execution.evolve(status="Stopped"))
    sm.create_pipeline(**{**made, "PipelineName": "p-2"})
    sm.delete_pipeline(PipelineName="p")
    with platform.store.read() as tx:
        assert tx.get(**named) is None
    assert sm.describe_pipeline(PipelineName="p-2")["PipelineDefinition"] == FIRST


def test_a_write_that_another_interferes_with_is_repeated(
    sm: Any, made: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    insert, calls = operations._insert, []

    def once_stale(*args: Any) -> Record:
        calls.append(args)
        if len(calls) == 1:
            raise Stale("another transaction was first")
        return insert(*args)

    monkeypatch.setattr(operations, "_insert", once_stale)
    sm.create_pipeline(**{**made, "PipelineName": "q"})
    assert len(calls) == 2


def test_lists_are_filtered_and_sorted(sm: Any, role: str, clock: FakeClock) -> None:
    for name in ("b1", "a1", "a2"):
        sm.create_pipeline(PipelineName=name, RoleArn=role, PipelineDefinition=FIRST)
        clock.advance(1)

    def listed(**query: Any) -> list[str]:
        return [one["PipelineName"] for one in sm.list_pipelines(**query)["PipelineSummaries"]]

    assert listed() == ["a2", "a1", "b1"]
    assert listed(PipelineNamePrefix="a", SortBy="Name", SortOrder="Ascending") == ["a1", "a2"]
    assert listed(CreatedBefore=clock.now() - 1.5, SortOrder="Ascending") == ["b1", "a1"]
    assert listed(ManagedBy="CUSTOMER", MaxResults=1) == ["a2"]
    assert listed(ManagedBy="AWS") == []


def test_definitions_in_s3_are_read_as_the_caller(sm: Any, role: str, stored: Any) -> None:
    stored.put_object(Bucket="bucket", Key="p.json", Body=FIRST.encode())
    place = {"Bucket": "bucket", "ObjectKey": "p.json"}
    sm.create_pipeline(PipelineName="p", RoleArn=role, PipelineDefinitionS3Location=place)
    assert sm.describe_pipeline(PipelineName="p")["PipelineDefinition"] == FIRST
    both = {"PipelineDefinition": FIRST, "PipelineDefinitionS3Location": place}
    assert refused(sm.update_pipeline, PipelineName="p", **both)[1].startswith("Exactly one of")
    for key, sentence in (
        ("none.json", "Could not read"),
        ("empty.json", "Could not read"),
        ("bytes", "UTF-8"),
    ):
        bodies = {"empty.json": b"", "bytes": b"\xff\xfe"}
        if key in bodies:
            stored.put_object(Bucket="bucket", Key=key, Body=bodies[key])
        wrong = {"Bucket": "bucket", "ObjectKey": key}
        code, said = refused(sm.update_pipeline, PipelineName="p", PipelineDefinitionS3Location=wrong)
        assert code == "ValidationException"
        assert sentence in said
    stored.put_object(Bucket="bucket", Key="large.json", Body=b" " * 5_000_000)
    wrong = {"Bucket": "bucket", "ObjectKey": "large.json"}
    assert (
        "more than 1048576 characters"
        in refused(sm.update_pipeline, PipelineName="p", PipelineDefinitionS3Location=wrong)[1]
    )


def test_a_version_of_an_object(sm: Any, role: str, stored: Any) -> None:
    stored.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    first = stored.put_object(Bucket="bucket", Key="p.json", Body=FIRST.encode())["VersionId"]
    stored.put_object(Bucket="bucket", Key="p.json", Body=SECOND.encode())
    place = {"Bucket": "bucket", "ObjectKey": "p.json"}
    sm.create_pipeline(PipelineName="p", RoleArn=role, PipelineDefinitionS3Location=place)
    assert sm.describe_pipeline(PipelineName="p")["PipelineDefinition"] == SECOND
    sm.update_pipeline(PipelineName="p", PipelineDefinitionS3Location={**place, "VersionId": first})
    assert sm.describe_pipeline(PipelineName="p")["PipelineDefinition"] == FIRST


def test_the_role_must_trust_sagemaker(sm: Any, made: dict[str, Any]) -> None:
    unknown = made["RoleArn"].replace("Jobs", "None")
    wrong = {**made, "PipelineName": "q", "RoleArn": unknown}
    assert refused(sm.create_pipeline, **wrong)[0] == "ValidationException"
    assert refused(sm.update_pipeline, PipelineName="p", RoleArn=unknown)[0] == "ValidationException"
    assert sm.describe_pipeline(PipelineName="p")["RoleArn"] == made["RoleArn"]


def test_search(sm: Any, made: dict[str, Any], clock: FakeClock) -> None:
    sm.add_tags(ResourceArn=ARN, Tags=[{"Key": "a", "Value": "1"}])
    sm.update_pipeline(PipelineName="p", PipelineDefinition=SECOND)

    def found(kind: str, name: str, value: str, operator: str = "Equals") -> list[dict[str, Any]]:
        expression = {"Filters": [{"Name": name, "Operator": operator, "Value": value}]}
        return [one[kind] for one in sm.search(Resource=kind, SearchExpression=expression)["Results"]]

    for name, value in (("PipelineName", "p"), ("PipelineStatus", "Active"), ("Tags.a", "1")):
        (pipeline,) = found("Pipeline", name, value)
        assert pipeline["PipelineArn"] == ARN
    assert found("Pipeline", "PipelineName", "q") == []
    (version,) = found("PipelineVersion", "PipelineVersionId", "2")
    assert (version["PipelineArn"], version["PipelineVersionId"]) == (ARN, 2)
    assert len(found("PipelineVersion", "PipelineArn", ARN)) == 2


def test_a_large_definition_comes_back_as_it_was(sm: Any, role: str) -> None:
    """1 MB, the most that the model allows."""
    steps = [fail(f"S{number}", "x" * 940) for number in range(900)]
    whole = text(*steps, parameters=[parameter("P", "String", "é")])
    assert 900_000 < len(whole) < 1_048_576
    sm.create_pipeline(PipelineName="p", RoleArn=role, PipelineDefinition=whole)
    assert json.loads(sm.describe_pipeline(PipelineName="p")["PipelineDefinition"]) == json.loads(whole)
