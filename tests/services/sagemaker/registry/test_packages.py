"""The model registry, tags of anything, and Search over all of it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.services.sagemaker.farm import Farm
from tests.support.sagemaker_requests import INFERENCE, register, training_request
from tests.support.turns import turn

GROUP = "arn:aws:sagemaker:us-east-1:111122223333:model-package-group/g"


def test_versions_count_up_and_wait_for_approval(group: str, sm: Any) -> None:
    arns = [register(sm), register(sm)]
    assert arns == [f"{GROUP.replace('-group', '')}/{number}" for number in (1, 2)]
    shown = sm.describe_model_package(ModelPackageName=arns[1])
    assert (shown["ModelPackageVersion"], shown["ModelApprovalStatus"]) == (2, "PendingManualApproval")
    assert shown["ModelPackageStatus"] == "Completed"
    sm.update_model_package(ModelPackageArn=arns[1], ModelApprovalStatus="Approved", ApprovalDescription="ok")
    found = sm.list_model_packages(ModelPackageGroupName="g", ModelApprovalStatus="Approved")
    (approved,) = found["ModelPackageSummaryList"]
    assert approved["ModelPackageArn"] == arns[1]
    assert len(sm.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]) == 2


def test_a_number_is_not_used_again(group: str, sm: Any) -> None:
    sm.delete_model_package(ModelPackageName=register(sm))
    assert register(sm).endswith("/2")


def test_the_same_token_registers_once(group: str, sm: Any) -> None:
    assert register(sm, ClientToken="t-1") == register(sm, ClientToken="t-1")
    assert register(sm, ClientToken="t-2").endswith("/2")


def test_managed_storage_is_refused_by_name(sm: Any) -> None:
    """There is none; a group that shows what nothing acts on would be a success that did nothing."""
    with pytest.raises(ClientError) as caught:
        sm.create_model_package_group(
            ModelPackageGroupName="managed", ManagedConfiguration={"ManagedStorageType": "Restricted"}
        )
    error = caught.value.response["Error"]
    assert error["Code"] == "NotImplemented"
    assert "ManagedConfiguration.ManagedStorageType" in error["Message"]
    assert sm.list_model_package_groups()["ModelPackageGroupSummaryList"] == []


def test_a_group_with_versions_cannot_be_deleted(group: str, sm: Any) -> None:
    arn = register(sm)
    # as terraform shows it: "Model Package Group … cannot be deleted because it still contains Model Packages"
    with pytest.raises(sm.exceptions.ConflictException, match=f"{GROUP} .* still contains Model Packages"):
        sm.delete_model_package_group(ModelPackageGroupName="g")
    sm.delete_model_package(ModelPackageName=arn)
    sm.delete_model_package_group(ModelPackageGroupName="g")
    with pytest.raises(ClientError, match="does not exist"):
        sm.describe_model_package_group(ModelPackageGroupName="g")


def test_groups_and_versions_go_by_their_arns_and_by_no_others(group: str, sm: Any) -> None:
    # The model's shape is ArnOrName, for versions VersionedArnOrName.
    arn = register(sm)
    assert sm.describe_model_package_group(ModelPackageGroupName=GROUP)["ModelPackageGroupName"] == "g"
    for other in (arn.replace("us-east-1", "eu-west-1"), arn.replace("model-package", "model")):
        with pytest.raises(ClientError, match=f"ModelPackage {other} does not exist"):
            sm.describe_model_package(ModelPackageName=other)
    elsewhere = GROUP.replace("us-east-1", "eu-west-1")
    with pytest.raises(ClientError, match=f"ModelPackageGroup {elsewhere} does not exist"):
        sm.create_model_package(ModelPackageGroupName=elsewhere, InferenceSpecification=INFERENCE)
    assert sm.list_model_packages(ModelPackageGroupName=elsewhere)["ModelPackageSummaryList"] == []
    sm.delete_model_package(ModelPackageName=arn)
    sm.delete_model_package_group(ModelPackageGroupName=GROUP)
    assert sm.list_model_package_groups()["ModelPackageGroupSummaryList"] == []


def test_a_container_needs_an_image(group: str, sm: Any) -> None:
    bare = {**INFERENCE, "Containers": [*INFERENCE["Containers"], {"ModelDataUrl": "s3://bucket/m.tar.gz"}]}
    said = "Value null at 'inferenceSpecification.containers.2.member.image'"
    with pytest.raises(ClientError, match=said):
        register(sm, InferenceSpecification=bare)
    with pytest.raises(ClientError, match=said):
        sm.update_model_package(ModelPackageArn=register(sm), InferenceSpecification=bare)


def test_metadata_is_changed_member_by_member(group: str, sm: Any) -> None:
    arn = register(sm, CustomerMetadataProperties={"a": "1", "b": "2"})
    sm.update_model_package(
        ModelPackageArn=arn,
        CustomerMetadataProperties={"c": "3"},
        CustomerMetadataPropertiesToRemove=["a"],
        ModelLifeCycle={"Stage": "prod", "StageStatus": "live"},
    )
    shown = sm.describe_model_package(ModelPackageName=arn)
    assert shown["CustomerMetadataProperties"] == {"b": "2", "c": "3"}
    assert shown["ModelLifeCycle"]["Stage"] == "prod"


def test_what_a_package_cannot_do_is_refused(group: str, sm: Any) -> None:
    source = {"SourceAlgorithms": [{"AlgorithmName": "a"}]}
    for more in (
        {"CertifyForMarketplace": True},
        {"SourceAlgorithmSpecification": source},
        {"SecurityConfig": {"KmsKeyId": "k"}},
        {"ManagedStorageType": "Restricted"},
    ):
        with pytest.raises(ClientError, match=f"CreateModelPackage with {next(iter(more))}"):
            register(sm, **more)
    unknown = {"Containers": [{"Image": "1.dkr.ecr.us-east-1.amazonaws.com/mystery:1"}]}
    with pytest.raises(ClientError, match="not found"):
        register(sm, InferenceSpecification={**INFERENCE, **unknown})
    assert sm.list_model_packages(ModelPackageGroupName="g")["ModelPackageSummaryList"] == []
    assert sm.list_model_packages()["ModelPackageSummaryList"] == []


def test_a_version_is_deployed_with_its_own_variables(
    group: str, sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    arn = register(sm, ModelApprovalStatus="Approved")
    container = {"ModelPackageName": arn, "Environment": {"A": "model"}}
    sm.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer=container)
    variant = {
        "VariantName": "A",
        "ModelName": "m",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sm.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    sm.create_endpoint(EndpointName="e", EndpointConfigName="c")
    turn(controllers, clock)
    (spec,) = runs.specs.values()
    assert (spec.env["A"], spec.env["B"]) == ("model", "b")
    assert spec.inputs[0].source == "s3://bucket/model.tar.gz"


# tags -----------------------------------------------------------------------------------------------------------------
def test_a_forged_token_of_tags_is_refused(group: str, sm: Any) -> None:
    # MaxResults is at least 50 and there are at most 50 tags, so no page is ever followed by another.
    with pytest.raises(ClientError, match="token"):
        sm.list_tags(ResourceArn=GROUP, NextToken="5")


def test_a_tag_that_is_there_is_overwritten(group: str, sm: Any) -> None:
    for value in ("1", "2"):
        sm.add_tags(ResourceArn=GROUP, Tags=[{"Key": "k", "Value": value}])
    assert sm.list_tags(ResourceArn=GROUP)["Tags"] == [{"Key": "k", "Value": "2"}]
    sm.delete_tags(ResourceArn=GROUP, TagKeys=["k", "unknown"])
    assert sm.list_tags(ResourceArn=GROUP)["Tags"] == []


def test_no_more_than_fifty_tags(group: str, sm: Any) -> None:
    sm.add_tags(ResourceArn=GROUP, Tags=[{"Key": f"k{n}", "Value": ""} for n in range(50)])
    with pytest.raises(sm.exceptions.ClientError) as caught:
        sm.add_tags(ResourceArn=GROUP, Tags=[{"Key": "one too many", "Value": ""}])
    assert caught.value.response["Error"]["Code"] == "ResourceLimitExceeded"
    assert len(sm.list_tags(ResourceArn=GROUP, MaxResults=60 - 10)["Tags"]) == 50


def test_tags_of_nothing(sm: Any) -> None:
    with pytest.raises(ClientError, match="not found"):
        sm.list_tags(ResourceArn=GROUP)


# search ---------------------------------------------------------------------------------------------------------------
def found(sm: Any, kind: str, *filters: dict[str, str], **expression: Any) -> list[str]:
    if filters:
        expression["Filters"] = list(filters)
    results = sm.search(Resource=kind, SearchExpression=expression)["Results"]
    return sorted(result[kind][f"{kind}Name"] for result in results)


def where(name: str, operator: str, value: str) -> dict[str, str]:
    return {"Name": name, "Operator": operator, "Value": value}


@pytest.fixture
def jobs(sm: Any, role: str, clock: FakeClock) -> list[str]:
    for number in (9, 10):
        sm.create_training_job(
            **training_request(role, name=f"job-{number}", HyperParameters={"num_round": str(number)})
        )
        clock.advance(60)
    return ["job-10", "job-9"]


def test_hyperparameters_are_compared_as_numbers(jobs: list[str], sm: Any) -> None:
    assert found(sm, "TrainingJob", where("HyperParameters.num_round", "GreaterThan", "9")) == ["job-10"]
    assert found(sm, "TrainingJob", where("HyperParameters.num_round", "Equals", "9.0")) == ["job-9"]


def test_times_are_compared_as_times(jobs: list[str], sm: Any) -> None:
    later = sm.describe_training_job(TrainingJobName="job-10")["CreationTime"].isoformat()
    assert found(sm, "TrainingJob", where("CreationTime", "GreaterThanOrEqualTo", later)) == ["job-10"]
    assert found(sm, "TrainingJob", where("CreationTime", "LessThan", "2001-01-01T00:00:00Z")) == []


def test_expressions_nest(jobs: list[str], sm: Any) -> None:
    nested = {
        "NestedPropertyName": "InputDataConfig",
        "Filters": [where("InputDataConfig.DataSource.S3DataSource.S3Uri", "Contains", "bucket/train")],
    }
    assert found(sm, "TrainingJob", NestedFilters=[nested]) == jobs
    either = [{"Filters": [where("TrainingJobName", "Equals", name)]} for name in ("job-9", "nobody")]
    assert found(sm, "TrainingJob", SubExpressions=either, Operator="Or") == ["job-9"]
    assert found(sm, "TrainingJob", SubExpressions=either) == []
    assert found(sm, "TrainingJob", where("TrainingJobName", "In", "job-9,job-10,x")) == jobs


def test_results_are_sorted_and_paged(jobs: list[str], sm: Any) -> None:
    def names(**more: Any) -> list[str]:
        pages = sm.get_paginator("search").paginate(
            Resource="TrainingJob", PaginationConfig={"PageSize": 1}, **more
        )
        return [result["TrainingJob"]["TrainingJobName"] for page in pages for result in page["Results"]]

    assert names() == ["job-10", "job-9"]
    assert names(SortBy="CreationTime", SortOrder="Ascending") == ["job-9", "job-10"]


def test_models_packages_and_endpoints_are_found(in_service: str, group: str, sm: Any, farm: Farm) -> None:
    register(sm, ModelApprovalStatus="Approved")
    (package,) = sm.search(
        Resource="ModelPackage",
        SearchExpression={"Filters": [where("ModelApprovalStatus", "Equals", "Approved")]},
    )["Results"]
    assert package["ModelPackage"]["ModelPackageVersion"] == 1
    (model,) = sm.search(Resource="Model")["Results"]
    assert model["Model"]["Model"]["ModelName"] == "m"
    assert found(sm, "Endpoint", where("EndpointStatus", "Equals", "InService")) == ["e"]


def test_what_cannot_be_searched_is_said_so(sm: Any) -> None:
    with pytest.raises(ClientError, match="NotImplemented"):
        sm.search(Resource="HubContent")
    with pytest.raises(ClientError, match="NotImplemented"):
        sm.search(Resource="TrainingJob", CrossAccountFilterOption="CrossAccount")
