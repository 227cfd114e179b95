"""Packages without a group, and both kinds in a list
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html, API_ListModelPackages.html)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from tests.services.sagemaker.registry.packages import alone
from tests.support.sagemaker_requests import INFERENCE, register

ARN = "arn:aws:sagemaker:us-east-1:111122223333:model-package/"


def names(sm: Any, **asked: Any) -> list[str]:
    found = sm.list_model_packages(**asked)["ModelPackageSummaryList"]
    return [one["ModelPackageArn"].removeprefix(ARN) for one in found]


def test_a_package_without_a_group(sm: Any) -> None:
    arn = alone(sm, Tags=[{"Key": "a", "Value": "b"}], ModelPackageDescription="of its own")
    assert arn == f"{ARN}alone"
    for name in ("alone", arn):
        shown = sm.describe_model_package(ModelPackageName=name)
        assert shown["ModelPackageName"] == "alone"
        assert shown["ModelPackageStatus"] == "Completed"
        # "does not apply to unversioned models" (ModelApprovalStatus)
        assert not {"ModelPackageGroupName", "ModelPackageVersion", "ModelApprovalStatus"} & shown.keys()
    assert sm.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    sm.delete_model_package(ModelPackageName="alone")
    with pytest.raises(ClientError, match=f"ModelPackage {arn} does not exist"):
        sm.describe_model_package(ModelPackageName="alone")


def test_a_name_is_taken_once(sm: Any) -> None:
    alone(sm)
    # sagemaker.session compares code and words: "ModelPackage already exists" (clients.md, 1.6).
    with pytest.raises(ClientError, match="ModelPackage already exists") as caught:
        alone(sm)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_the_same_token_makes_one(sm: Any) -> None:
    assert alone(sm, ClientToken="t") == alone(sm, ClientToken="t")


def test_it_must_say_what_is_served_without_variables(sm: Any) -> None:
    with pytest.raises(ClientError, match="InferenceSpecification or SourceAlgorithmSpecification"):
        sm.create_model_package(ModelPackageName="alone")
    # The sentence is AWS's, in code that copies packages from account to account.
    said = "Environment variable map cannot be specified when using non-versioned ModelPackages"
    with pytest.raises(ClientError, match=said):
        alone(sm, InferenceSpecification=INFERENCE)
    assert names(sm) == []


def test_lists_show_one_kind_or_both(group: str, sm: Any, clock: FakeClock) -> None:
    register(sm)
    clock.advance(1)
    alone(sm, "beta")
    clock.advance(1)
    alone(sm, "alpha")
    # "UNVERSIONED … is the default value if no ModelPackageType is specified"
    assert names(sm) == names(sm, ModelPackageType="Unversioned") == ["beta", "alpha"]
    assert names(sm, ModelPackageType="Versioned") == ["g/1"]
    assert names(sm, ModelPackageType="Both") == ["g/1", "beta", "alpha"]
    assert names(sm, ModelPackageType="Both", SortBy="Name") == ["alpha", "beta", "g/1"]
    assert names(sm, ModelPackageType="Both", SortOrder="Descending") == ["alpha", "beta", "g/1"]
    assert names(sm, ModelPackageGroupName="g", ModelPackageType="Unversioned") == []
    made = sm.describe_model_package(ModelPackageName="beta")["CreationTime"]
    assert names(sm, CreationTimeAfter=made, ModelPackageType="Both") == ["alpha"]
    assert names(sm, CreationTimeBefore=made, ModelPackageType="Both") == ["g/1"]


def test_names_are_searched_not_versions(group: str, sm: Any) -> None:
    register(sm)
    alone(sm, "model-1")
    assert names(sm, NameContains="1", ModelPackageType="Both") == ["model-1"]
    assert names(sm, NameContains="g", ModelPackageType="Both") == ["g/1"]


def test_pages_go_over_both_kinds(group: str, sm: Any, clock: FakeClock) -> None:
    for number in range(3):
        register(sm)
        clock.advance(1)
        alone(sm, f"a{number}")
        clock.advance(1)
    pages = sm.get_paginator("list_model_packages").paginate(
        ModelPackageType="Both", PaginationConfig={"PageSize": 2}
    )
    found = [one["ModelPackageArn"] for page in pages for one in page["ModelPackageSummaryList"]]
    assert [arn.removeprefix(ARN) for arn in found] == ["g/1", "a0", "g/2", "a1", "g/3", "a2"]


def test_only_versions_are_updated(sm: Any) -> None:
    # "Updates a versioned model" (UpdateModelPackage).
    with pytest.raises(ClientError, match="is not a versioned model package"):
        sm.update_model_package(ModelPackageArn=alone(sm), ModelApprovalStatus="Approved")
