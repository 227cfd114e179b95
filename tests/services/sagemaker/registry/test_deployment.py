"""Models that are made of packages: which packages can be used, and with which containers
(https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy.html)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.services.sagemaker.registry.packages import additional, alone
from tests.support.sagemaker_requests import INFERENCE, register
from tests.support.turns import turn


def make(sm: Any, package: str, **container: Any) -> None:
    sm.create_model(ModelName="m", PrimaryContainer={"ModelPackageName": package, **container})


def serve(sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor) -> str:
    """Bring up an endpoint with the model; return where its data is."""
    variant = {"VariantName": "A", "ModelName": "m", "InstanceType": "ml.m5.large"}
    sm.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    sm.create_endpoint(EndpointName="e", EndpointConfigName="c")
    turn(controllers, clock)
    (spec,) = runs.specs.values()
    return spec.inputs[0].source


def test_a_version_must_be_approved(group: str, sm: Any, stored: Any) -> None:
    # "For versioned models, the value of this parameter must be set to Approved to deploy the model" (CreateModelPackage).
    arn = register(sm)
    for status in ("PendingManualApproval", "Rejected"):
        sm.update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status)
        with pytest.raises(ClientError, match=f"its ModelApprovalStatus is {status}"):
            make(sm, arn)
    assert sm.list_models()["Models"] == []
    sm.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    make(sm, arn)
    sm.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected")
    assert len(sm.list_models()["Models"]) == 1


def test_a_package_without_a_group_is_served(
    sm: Any, stored: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    alone(sm)
    make(sm, "alone")
    sm.delete_model_package(ModelPackageName="alone")
    assert serve(sm, controllers, clock, runs) == "s3://bucket/model.tar.gz"


def test_an_additional_specification_is_served_by_its_name(
    group: str, sm: Any, stored: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    specifications = additional("neo", "other")
    arn = register(sm, ModelApprovalStatus="Approved", AdditionalInferenceSpecifications=specifications)
    with pytest.raises(ClientError, match="no additional inference specification named unknown"):
        make(sm, arn, InferenceSpecificationName="unknown")
    make(sm, arn, InferenceSpecificationName="neo")
    assert serve(sm, controllers, clock, runs) == "s3://bucket/m.tar.gz"


def test_the_data_of_a_package_must_be_there(group: str, sm: Any, stored: Any) -> None:
    arn = register(sm, ModelApprovalStatus="Approved")
    stored.delete_object(Bucket="bucket", Key="model.tar.gz")
    with pytest.raises(ClientError, match=r"Could not find model data at s3://bucket/model\.tar\.gz"):
        make(sm, arn)
    assert sm.list_models()["Models"] == []


def test_packages_that_no_model_can_be_made_of(group: str, sm: Any) -> None:
    bare = sm.create_model_package(ModelPackageGroupName=group, ModelApprovalStatus="Approved")
    with pytest.raises(ClientError, match="has no inference specification"):
        make(sm, bare["ModelPackageArn"])
    two = {**INFERENCE, "Containers": [*INFERENCE["Containers"], *INFERENCE["Containers"]]}
    arn = register(sm, ModelApprovalStatus="Approved", InferenceSpecification=two)
    with pytest.raises(ClientError, match="CreateModel with a package of several containers"):
        make(sm, arn)
    with pytest.raises(ClientError, match="model-package/g/9 does not exist"):
        make(sm, "g/9")
    assert sm.list_models()["Models"] == []


def test_a_package_may_be_the_only_one_of_several_containers(
    group: str, sm: Any, stored: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    """As sagemaker.session.Session.create_model of SDK v2 sends it."""
    container = {"ModelPackageName": register(sm, ModelApprovalStatus="Approved")}
    sm.create_model(ModelName="m", Containers=[container])
    shown = sm.describe_model(ModelName="m")
    assert [one["ModelPackageName"] for one in shown["Containers"]] == [container["ModelPackageName"]]
    assert "PrimaryContainer" not in shown
    (found,) = sm.search(Resource="Model")["Results"]
    assert found["Model"]["Model"]["Containers"] == shown["Containers"]
    assert serve(sm, controllers, clock, runs) == "s3://bucket/model.tar.gz"
    with pytest.raises(ClientError, match="a ModelPackageName among several Containers"):
        sm.create_model(ModelName="p", Containers=[container, container])
    with pytest.raises(ClientError, match="Exactly one of PrimaryContainer and Containers"):
        sm.create_model(ModelName="p", Containers=[container], PrimaryContainer=container)
