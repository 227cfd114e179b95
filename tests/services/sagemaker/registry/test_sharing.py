"""The resource policy of a group: what another account may do with it and what is in it
(https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy-xaccount.html, model-registry-version.html).
Sentences of missing policies: those that the Terraform provider looks for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.support.principals import OTHER, allow, policy
from tests.support.sagemaker_requests import INFERENCE, register
from tests.support.turns import turn

ARN = "arn:aws:sagemaker:us-east-1:111122223333:"
GROUP, VERSIONS = f"{ARN}model-package-group/g", f"{ARN}model-package/g/*"
Foreign = Callable[[str], Any]


def share(sm: Any, *actions: str, resource: str = VERSIONS, effect: str = "Allow") -> None:
    statement = {
        "Effect": effect,
        "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
        "Action": [f"sagemaker:{action}" for action in actions],
        "Resource": resource,
    }
    sm.put_model_package_group_policy(ModelPackageGroupName="g", ResourcePolicy=policy(statement))


def refused(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    return caught.value.response["Error"]["Message"]


def test_a_policy_is_kept_replaced_and_deleted(group: str, sm: Any) -> None:
    with pytest.raises(ClientError, match=f"Cannot find resource policy for: {GROUP}"):
        sm.get_model_package_group_policy(ModelPackageGroupName="g")
    for action in ("DescribeModelPackage", "ListModelPackages"):
        share(sm, action)
        kept = json.loads(sm.get_model_package_group_policy(ModelPackageGroupName="g")["ResourcePolicy"])
        assert kept["Statement"][0]["Action"] == [f"sagemaker:{action}"]
    sm.delete_model_package_group_policy(ModelPackageGroupName="g")
    with pytest.raises(ClientError, match="Cannot find resource policy"):
        sm.delete_model_package_group_policy(ModelPackageGroupName="g")


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "[]",
        policy({"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}),
        policy({"Effect": "Perhaps", "Principal": "*", "Action": "sagemaker:*", "Resource": "*"}),
    ],
)
def test_other_texts_are_no_policies(group: str, sm: Any, text: str) -> None:
    with pytest.raises(ClientError, match="Invalid resource policy"):
        sm.put_model_package_group_policy(ModelPackageGroupName="g", ResourcePolicy=text)
    with pytest.raises(ClientError, match="Cannot find resource policy"):
        sm.get_model_package_group_policy(ModelPackageGroupName="g")


def test_a_policy_needs_a_group(sm: Any) -> None:
    for call in (sm.get_model_package_group_policy, sm.delete_model_package_group_policy):
        with pytest.raises(ClientError, match=f"Cannot find Model Package Group: {GROUP}"):
            call(ModelPackageGroupName="g")
    with pytest.raises(ClientError, match="Cannot find Model Package Group"):
        share(sm, "DescribeModelPackage")


def test_without_a_policy_nothing_is_told(group: str, sm: Any, foreign: Foreign) -> None:
    there, elsewhere = register(sm), f"{ARN}model-package/x/1"
    theirs = foreign("sagemaker")
    answers = [
        refused(theirs.describe_model_package, ModelPackageName=arn).replace(arn, "ARN")
        for arn in (there, elsewhere)
    ]
    assert answers[0] == answers[1]
    refused(theirs.describe_model_package_group, ModelPackageGroupName=GROUP)
    refused(theirs.list_model_packages, ModelPackageGroupName=GROUP)
    refused(theirs.create_model_package, ModelPackageGroupName=GROUP, InferenceSpecification=INFERENCE)
    refused(theirs.delete_model_package, ModelPackageName=there)
    refused(theirs.batch_describe_model_package, ModelPackageArnList=[there])
    assert theirs.list_model_package_groups()["ModelPackageGroupSummaryList"] == []
    assert len(sm.list_model_packages(ModelPackageGroupName="g")["ModelPackageSummaryList"]) == 1


def test_another_account_reads_what_is_shared(group: str, sm: Any, foreign: Foreign) -> None:
    share(sm, "DescribeModelPackage", "ListModelPackages", "BatchDescribeModelPackage")
    arn, theirs = register(sm), foreign("sagemaker")
    assert theirs.describe_model_package(ModelPackageName=arn)["ModelPackageArn"] == arn
    found = theirs.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]
    assert [one["ModelPackageArn"] for one in found] == [arn]
    summaries = theirs.batch_describe_model_package(ModelPackageArnList=[arn])["ModelPackageSummaries"]
    assert list(summaries) == [arn]
    # Names mean packages of the caller's own account.
    assert theirs.list_model_packages(ModelPackageGroupName="g")["ModelPackageSummaryList"] == []
    with pytest.raises(ClientError, match=f"{OTHER}:model-package/g/1 does not exist"):
        theirs.describe_model_package(ModelPackageName="g/1")
    refused(theirs.update_model_package, ModelPackageArn=arn, ModelApprovalStatus="Approved")
    refused(theirs.describe_model_package_group, ModelPackageGroupName=GROUP)
    share(sm, "DescribeModelPackageGroup", resource=GROUP)
    assert theirs.describe_model_package_group(ModelPackageGroupName=GROUP)["ModelPackageGroupArn"] == GROUP
    refused(theirs.describe_model_package, ModelPackageName=arn)


def test_another_account_registers_and_approves(group: str, sm: Any, foreign: Foreign) -> None:
    # "Register a Model Version from a Different Account"
    share(sm, "CreateModelPackage", "UpdateModelPackage")
    theirs = foreign("sagemaker")
    asked = {"ModelPackageGroupName": GROUP, "InferenceSpecification": INFERENCE}
    arn = theirs.create_model_package(**asked, ClientToken="t")["ModelPackageArn"]
    assert arn == f"{ARN}model-package/g/1"
    theirs.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    shown = sm.describe_model_package(ModelPackageName=arn)
    assert shown["CreatedBy"]["IamIdentity"]["Arn"] == f"arn:aws:iam::{OTHER}:root"
    assert shown["ModelApprovalStatus"] == "Approved"
    # A token is its caller's.
    assert register(sm, ClientToken="t").endswith("/2")
    assert theirs.list_model_packages(ModelPackageType="Both")["ModelPackageSummaryList"] == []


def test_a_policy_binds_the_account_of_the_group_too(group: str, sm: Any) -> None:
    arn = register(sm)
    denied = {"Effect": "Deny", "Principal": "*", "Action": "sagemaker:DeleteModelPackage", "Resource": "*"}
    sm.put_model_package_group_policy(ModelPackageGroupName="g", ResourcePolicy=policy(denied))
    assert "explicit deny in a resource-based policy" in refused(
        sm.delete_model_package, ModelPackageName=arn
    )
    sm.delete_model_package_group_policy(ModelPackageGroupName="g")
    sm.delete_model_package(ModelPackageName=arn)


def test_a_policy_goes_with_its_group(group: str, sm: Any) -> None:
    share(sm, "DescribeModelPackage")
    sm.delete_model_package_group(ModelPackageGroupName="g")
    sm.create_model_package_group(ModelPackageGroupName="g")
    with pytest.raises(ClientError, match="Cannot find resource policy"):
        sm.get_model_package_group_policy(ModelPackageGroupName="g")


def test_another_account_deploys_what_is_shared(
    group: str,
    sm: Any,
    stored: Any,
    foreign: Foreign,
    controllers: Controllers,
    clock: FakeClock,
    runs: FakeExecutor,
) -> None:
    arn, theirs = register(sm, ModelApprovalStatus="Approved"), foreign("sagemaker")
    asked = {"ModelName": "m", "PrimaryContainer": {"ModelPackageName": arn}}
    share(sm, "DescribeModelPackage")
    refused(theirs.create_model, **asked)
    share(sm, "DescribeModelPackage", "CreateModel")
    with pytest.raises(ClientError, match="Could not access model data at s3://bucket/model"):
        theirs.create_model(**asked)
    # "2. Create a policy for access to the S3 bucket", in AWS's example of a deployment from another account.
    reads = {**allow("s3:GetObject", "arn:aws:s3:::bucket/*"), "Principal": {"AWS": OTHER}}
    stored.put_bucket_policy(Bucket="bucket", Policy=policy(reads))
    theirs.create_model(**asked)
    variant = {"VariantName": "A", "ModelName": "m", "InstanceType": "ml.m5.large"}
    theirs.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    theirs.create_endpoint(EndpointName="e", EndpointConfigName="c")
    # What runs was decided when the model was made; it goes on when the package is not shared any more.
    sm.delete_model_package_group_policy(ModelPackageGroupName="g")
    turn(controllers, clock)
    (spec,) = runs.specs.values()
    assert spec.env["B"] == "b"
    assert spec.inputs[0].source == "s3://bucket/model.tar.gz"
