"""Condition keys of model packages (Service Authorization Reference, Amazon SageMaker; "Set up Staging Construct
Examples", https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-staging-construct-set-up.html)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.principals import allow, user
from tests.support.sagemaker_requests import register

ACTIONS = ["sagemaker:CreateModelPackage", "sagemaker:UpdateModelPackage"]
As = Callable[..., Any]


def only(key: str, *values: str, operator: str = "StringEquals") -> dict[str, Any]:
    return {**allow(ACTIONS), "Condition": {operator: {f"sagemaker:{key}": list(values)}}}


def scientist(client: As, statement: dict[str, Any]) -> Any:
    return client("sagemaker", **user(client, "scientist", statement))


def refused(sm: Any, **change: Any) -> bool:
    """Return whether an update is denied."""
    try:
        sm.update_model_package(**change)
    except sm.exceptions.ClientError as error:
        return error.response["Error"]["Code"] == "AccessDeniedException"
    return False


def test_who_may_set_which_stage(group: str, sm: Any, client: As) -> None:
    both = {
        "sagemaker:ModelLifeCycle:stage": "Development",
        "sagemaker:ModelLifeCycle:stageStatus": "Approved",
    }
    theirs = scientist(client, {**allow(ACTIONS), "Condition": {"StringEquals": both}})
    stage = {"Stage": "Development", "StageStatus": "Approved"}
    arn = register(theirs, ModelLifeCycle=stage)
    assert not refused(theirs, ModelPackageArn=arn, ModelLifeCycle=stage)
    assert refused(theirs, ModelPackageArn=arn, ModelLifeCycle={**stage, "Stage": "Production"})
    assert refused(theirs, ModelPackageArn=arn, ModelLifeCycle={**stage, "StageStatus": "Rejected"})
    assert refused(theirs, ModelPackageArn=arn, ApprovalDescription="no stage")


def test_who_may_approve(group: str, sm: Any, client: As) -> None:
    theirs = scientist(client, only("ModelApprovalStatus", "Rejected", "PendingManualApproval"))
    arn = register(theirs, ModelApprovalStatus="PendingManualApproval")
    assert not refused(theirs, ModelPackageArn=arn, ModelApprovalStatus="Rejected")
    assert refused(theirs, ModelPackageArn=arn, ModelApprovalStatus="Approved")
    with pytest.raises(ClientError, match="not authorized"):
        register(theirs, ModelApprovalStatus="Approved")


def test_which_properties_may_be_set_and_removed(group: str, sm: Any, client: As) -> None:
    arn = register(sm, CustomerMetadataProperties={"team": "a", "owner": "b"})
    theirs = scientist(client, only("CustomerMetadataProperties/team", "a", "c"))
    assert not refused(theirs, ModelPackageArn=arn, CustomerMetadataProperties={"team": "c"})
    assert refused(theirs, ModelPackageArn=arn, CustomerMetadataProperties={"team": "other"})
    statement = only("CustomerMetadataPropertiesToRemove", "team", operator="ForAllValues:StringEquals")
    careful = client("sagemaker", **user(client, "careful", statement))
    assert refused(careful, ModelPackageArn=arn, CustomerMetadataPropertiesToRemove=["team", "owner"])
    assert not refused(careful, ModelPackageArn=arn, CustomerMetadataPropertiesToRemove=["team"])


def test_the_versions_of_a_group_are_named_below_it(group: str, sm: Any, client: As) -> None:
    within = "arn:aws:sagemaker:us-east-1:111122223333:model-package/g/*"
    theirs = scientist(client, allow(ACTIONS, within))
    assert not refused(theirs, ModelPackageArn=register(theirs), ModelApprovalStatus="Approved")
    sm.create_model_package_group(ModelPackageGroupName="h")
    with pytest.raises(ClientError, match="model-package/h/"):
        theirs.create_model_package(ModelPackageGroupName="h")
