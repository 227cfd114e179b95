"""What a version of a group may say, and how it is changed
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html, API_UpdateModelPackage.html)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.sagemaker.registry.packages import additional
from tests.support.sagemaker_requests import INFERENCE, register

METRICS = {
    "ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": "s3://bucket/stats.json"}}
}
CARD = {"intended_uses": {"risk_rating": "Low", "purpose_of_model": "a secret"}}


def described(sm: Any, arn: str, **more: Any) -> dict[str, Any]:
    return sm.describe_model_package(ModelPackageName=arn, **more)


def card(status: str = "Draft", **content: Any) -> dict[str, str]:
    return {"ModelCardStatus": status, "ModelCardContent": json.dumps(content or CARD)}


def test_what_is_written_down_is_shown(group: str, sm: Any) -> None:
    told = {
        "ModelPackageDescription": "first",
        "ModelMetrics": METRICS,
        "DriftCheckBaselines": {"ModelQuality": {"Statistics": METRICS["ModelQuality"]["Statistics"]}},
        "MetadataProperties": {"CommitId": "c", "ProjectId": "p"},
        "CustomerMetadataProperties": {"team": "a"},
        "Domain": "MACHINE_LEARNING",
        "Task": "REGRESSION",
        "SamplePayloadUrl": "s3://bucket/payload.tar.gz",
        "SkipModelValidation": "All",
        "SourceUri": "arn:aws:sagemaker:us-east-1:111122223333:model/m",
        "ModelLifeCycle": {"Stage": "Development", "StageStatus": "InProgress", "StageDescription": "new"},
        "ModelPackageRegistrationType": "Registered",
        "ModelCard": card(),
        "AdditionalInferenceSpecifications": additional("neo"),
    }
    shown = described(sm, register(sm, **told))
    assert {name: shown[name] for name in told} == told
    assert shown["CertifyForMarketplace"] is False
    # "View and Update the Details of a Model Version" shows no ModelPackageName, and SDK v3 counts on that.
    assert "ModelPackageName" not in shown
    assert shown["CreatedBy"]["IamIdentity"]["Arn"] == "arn:aws:iam::111122223333:root"
    (listed,) = sm.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
    assert listed["ModelLifeCycle"]["Stage"] == "Development"
    assert listed["ModelPackageRegistrationType"] == "Registered"


def test_empty_structures_of_the_sdk_are_left_out(group: str, sm: Any) -> None:
    # clients.md 4.9: the SDK sends `"Bias": {}` and `"Explainability": {}`.
    arn = register(sm, ModelMetrics={**METRICS, "Bias": {}, "Explainability": {}}, MetadataProperties={})
    assert "MetadataProperties" not in described(sm, arn)


def test_a_version_is_one_of_a_group_or_has_a_name(group: str, sm: Any) -> None:
    # The sentences are AWS's as getmoto/moto#7165 tells them.
    with pytest.raises(ClientError, match="Both ModelPackageName and ModelPackageGroupName are provided"):
        register(sm, ModelPackageName="alone")
    with pytest.raises(ClientError, match=r"Missing ARN\."):
        sm.create_model_package(InferenceSpecification=INFERENCE)


def test_a_version_has_the_tags_of_its_group(group: str, sm: Any) -> None:
    # "In this case, you cannot supply a tag argument" (CreateModelPackage, Tags).
    with pytest.raises(ClientError, match="Tags cannot be specified for a versioned model package"):
        register(sm, Tags=[{"Key": "a", "Value": "b"}])
    assert register(sm, Tags=[]).endswith("/1")


def test_every_change_of_approval_is_possible(group: str, sm: Any) -> None:
    arn = register(sm)
    for status in ("Approved", "Rejected", "PendingManualApproval", "Rejected", "Approved"):
        sm.update_model_package(
            ModelPackageArn=arn, ModelApprovalStatus=status, ApprovalDescription=f"now {status}"
        )
        shown = described(sm, arn)
        assert (shown["ModelApprovalStatus"], shown["ApprovalDescription"]) == (status, f"now {status}")
    assert shown["LastModifiedBy"]["IamIdentity"]["Arn"] == "arn:aws:iam::111122223333:root"


def test_additional_specifications_are_added(group: str, sm: Any) -> None:
    arn = register(sm, AdditionalInferenceSpecifications=additional("a"))
    sm.update_model_package(ModelPackageArn=arn, AdditionalInferenceSpecificationsToAdd=additional("b", "c"))
    names = [one["Name"] for one in described(sm, arn)["AdditionalInferenceSpecifications"]]
    assert names == ["a", "b", "c"]
    with pytest.raises(ClientError, match="must be unique"):
        sm.update_model_package(ModelPackageArn=arn, AdditionalInferenceSpecificationsToAdd=additional("a"))
    # "Total number of additional Inference Specifications can not exceed 15" (UpdateModelPackage).
    more = additional(*(f"n{number}" for number in range(13)))
    with pytest.raises(ClientError, match="can not exceed 15"):
        sm.update_model_package(ModelPackageArn=arn, AdditionalInferenceSpecificationsToAdd=more)
    unknown = [{"Name": "x", "Containers": [{"Image": "1.dkr.ecr.us-east-1.amazonaws.com/mystery:1"}]}]
    with pytest.raises(ClientError, match="not found"):
        sm.update_model_package(ModelPackageArn=arn, AdditionalInferenceSpecificationsToAdd=unknown)
    assert len(described(sm, arn)["AdditionalInferenceSpecifications"]) == 3


def test_a_change_that_is_sent_again_is_made_once(group: str, sm: Any) -> None:
    """ClientToken: "A unique token that guarantees that the call to this API is idempotent" (API_UpdateModelPackage.html)."""
    arn = register(sm)
    change = {"ModelPackageArn": arn, "AdditionalInferenceSpecificationsToAdd": additional("more")}
    for _ in range(2):
        assert sm.update_model_package(**change, ClientToken="t-1")["ModelPackageArn"] == arn
    assert [one["Name"] for one in described(sm, arn)["AdditionalInferenceSpecifications"]] == ["more"]
    with pytest.raises(ClientError, match="Names of additional inference specifications"):
        sm.update_model_package(**change, ClientToken="t-2")


def test_fifty_properties_are_all(group: str, sm: Any) -> None:
    arn = register(sm, CustomerMetadataProperties={f"k{number}": "v" for number in range(50)})
    with pytest.raises(ClientError, match="at most 50"):
        sm.update_model_package(ModelPackageArn=arn, CustomerMetadataProperties={"more": "v"})
    sm.update_model_package(
        ModelPackageArn=arn,
        CustomerMetadataProperties={"more": "v"},
        CustomerMetadataPropertiesToRemove=["k0", "unknown"],
    )
    assert len(described(sm, arn)["CustomerMetadataProperties"]) == 50


def test_the_last_property_can_be_removed(group: str, sm: Any) -> None:
    arn = register(sm, CustomerMetadataProperties={"a": "1"})
    sm.update_model_package(ModelPackageArn=arn, CustomerMetadataPropertiesToRemove=["a"])
    assert "CustomerMetadataProperties" not in described(sm, arn)


def test_parts_of_a_container_that_nothing_serves_are_refused(group: str, sm: Any) -> None:
    (plain,) = INFERENCE["Containers"]
    source = {"S3DataType": "S3Object", "S3Uri": "s3://bucket/m.tar.gz"}
    container = {**plain, "AdditionalS3DataSource": source}  # type: ignore[dict-item]
    with pytest.raises(ClientError, match=r"with InferenceSpecification\.Containers\.AdditionalS3DataSource"):
        register(sm, InferenceSpecification={"Containers": [container]})


# the card of a version (API_ModelPackageModelCard.html) --------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"model_overview": {"model_name": "m"}}, r"extraneous key \[model_name\]"),
        ({"model_package_details": {}}, r"extraneous key \[model_package_details\]"),
        ({"intended_uses": {"risk_rating": "Severe"}}, "is not one of High, Medium, Low, Unknown"),
    ],
)
def test_the_schema_of_a_packages_card_is_simpler(
    group: str, sm: Any, content: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ClientError, match=problem):
        register(sm, ModelCard=card(**content))
    arn = register(sm)
    with pytest.raises(ClientError, match=problem):
        sm.update_model_package(ModelPackageArn=arn, ModelCard=card(**content))
    assert "ModelCard" not in described(sm, arn)


def test_status_and_content_of_a_card_are_changed_alone(group: str, sm: Any) -> None:
    # sagemaker.model.ModelPackage.update_model_card sends one of them.
    arn = register(sm, ModelCard=card())
    sm.update_model_package(ModelPackageArn=arn, ModelCard={"ModelCardStatus": "PendingReview"})
    assert described(sm, arn)["ModelCard"] == card("PendingReview")
    sm.update_model_package(ModelPackageArn=arn, ModelCard={"ModelCardContent": "{}"})
    assert described(sm, arn)["ModelCard"] == {"ModelCardStatus": "PendingReview", "ModelCardContent": "{}"}


def test_an_archived_card_keeps_its_content(group: str, sm: Any) -> None:
    arn = register(sm, ModelCard=card("Archived"))
    with pytest.raises(ClientError, match="Model Card is in Archived state"):
        sm.update_model_package(ModelPackageArn=arn, ModelCard={"ModelCardContent": "{}"})
    assert described(sm, arn)["ModelCard"] == card("Archived")
    sm.update_model_package(ModelPackageArn=arn, ModelCard={"ModelCardStatus": "Draft"})
    assert described(sm, arn)["ModelCard"] == card("Draft")


def test_metadata_alone_is_shown_without_what_is_confidential(group: str, sm: Any) -> None:
    # DescribeModelPackage, IncludedData: "typically contains only intended_uses.risk_rating".
    arn = register(sm, ModelCard=card())
    shown = described(sm, arn, IncludedData="MetadataOnly")["ModelCard"]
    assert json.loads(shown["ModelCardContent"]) == {"intended_uses": {"risk_rating": "Low"}}
    assert shown["ModelCardStatus"] == "Draft"
    assert described(sm, arn, IncludedData="AllData")["ModelCard"] == card()


# many at once (API_BatchDescribeModelPackage.html) -------------------------------------------------------------------


def test_packages_are_described_by_their_arns(group: str, sm: Any) -> None:
    arn = register(sm, ModelPackageDescription="first")
    missing = arn.replace("/1", "/7")
    elsewhere = arn.replace("us-east-1", "eu-west-1")
    found = sm.batch_describe_model_package(ModelPackageArnList=[arn, missing, elsewhere])
    assert list(found["ModelPackageSummaries"]) == [arn]
    assert found["ModelPackageSummaries"][arn]["ModelPackageDescription"] == "first"
    assert found["ModelPackageSummaries"][arn]["ModelPackageGroupName"] == group
    assert set(found["BatchDescribeModelPackageErrorMap"]) == {missing, elsewhere}
    assert "does not exist" in found["BatchDescribeModelPackageErrorMap"][missing]["ErrorResponse"]


# search ---------------------------------------------------------------------------------------------------------------


def found(sm: Any, name: str, value: str, operator: str = "Equals", **more: Any) -> list[int]:
    expression = {"Filters": [{"Name": name, "Operator": operator, "Value": value}]}
    results = sm.search(Resource="ModelPackage", SearchExpression=expression, **more)["Results"]
    return [one["ModelPackage"]["ModelPackageVersion"] for one in results]


def test_versions_are_found_by_what_is_written_down(group: str, sm: Any) -> None:
    for number in (1, 2, 3):
        register(
            sm,
            CustomerMetadataProperties={"accuracy": f"0.{number}", "git.commit": f"c{number}"},
            ModelMetrics=METRICS if number == 2 else {},
            ModelLifeCycle={"Stage": "QA" if number > 1 else "Development", "StageStatus": "OnHold"},
        )
    statistics = "ModelMetrics.ModelQuality.Statistics.S3Uri"
    assert found(sm, statistics, "s3://bucket/stats.json") == [2]
    assert found(sm, "CustomerMetadataProperties.git.commit", "c3") == [3]
    above = found(
        sm,
        *("CustomerMetadataProperties.accuracy", "0.15", "GreaterThan"),
        SortBy="CustomerMetadataProperties.accuracy",
        SortOrder="Descending",
    )
    assert above == [3, 2]
    assert sorted(found(sm, "ModelLifeCycle.Stage", "QA")) == [2, 3]
    assert found(sm, "ModelPackageVersion", "3") == [3]
