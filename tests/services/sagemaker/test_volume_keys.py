"""The KMS key of storage volumes is looked at when a request comes, as AWS makes a grant on it then. Oracle: "SageMaker API permissions:
actions, permissions, and resources reference" (https://docs.aws.amazon.com/sagemaker/latest/dg/api-permissions-reference.html):
kms:CreateGrant of the caller is needed where the role has no policy that permits it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.principals import ACCOUNT, OTHER, allow, policy, user
from tests.support.sagemaker_requests import processing_request, training_request, transform_request

NOWHERE = "12345678-1234-1234-1234-123456789012"


@pytest.fixture
def key(client: Any) -> str:
    return client("kms").create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def ann(client: Any) -> Any:
    """Somebody who may make jobs and pass roles, and has no right on keys."""
    return client("sagemaker", **user(client, "ann", allow("sagemaker:*"), allow("iam:PassRole")))


def with_key(role: str, key: str) -> dict[str, Any]:
    request = training_request(role)
    return {**request, "ResourceConfig": {**request["ResourceConfig"], "VolumeKmsKeyId": key}}


def refused(call: Any, key: str, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"].startswith(f"Could not use the KMS key {key} for storage volumes.")
    return error["Message"]


def let(client: Any, who: str, **condition: Any) -> None:
    statement = {**allow("kms:CreateGrant"), **condition}
    client("iam").put_role_policy(RoleName=who, PolicyName="keys", PolicyDocument=policy(statement))


def test_a_key_that_is_not_there_or_not_enabled(sm: Any, client: Any, role: str, key: str) -> None:
    said = refused(sm.create_training_job, NOWHERE, **with_key(role, NOWHERE))
    assert f'that you or the role "{role}" have "kms:CreateGrant" permissions on it' in said
    client("kms").disable_key(KeyId=key)
    refused(sm.create_training_job, key, **with_key(role, key))
    assert sm.list_training_jobs()["TrainingJobSummaries"] == []


def test_keys_of_other_accounts_look_like_none(sm: Any, role: str, key: str) -> None:
    theirs = key.replace(ACCOUNT, OTHER)
    assert refused(sm.create_training_job, theirs, **with_key(role, theirs)).replace(theirs, "") == refused(
        sm.create_training_job, NOWHERE, **with_key(role, NOWHERE)
    ).replace(NOWHERE, "")


def test_the_caller_or_the_role_must_be_allowed(client: Any, ann: Any, role: str, key: str) -> None:
    refused(ann.create_training_job, key, **with_key(role, key))
    let(client, role.rpartition("/")[2], Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}})
    ann.create_training_job(**with_key(role, key))
    assert client("kms").list_grants(KeyId=key)["Grants"] == [], "it was only looked"


def test_a_caller_is_allowed_by_way_of_the_service(client: Any, role: str, key: str) -> None:
    """The condition is that of AWS's example: kms:ViaService."""
    through = {"StringEquals": {"kms:ViaService": "sagemaker.us-east-1.amazonaws.com"}}
    statements = (
        allow("sagemaker:*"),
        allow("iam:PassRole"),
        {**allow("kms:CreateGrant"), "Condition": through},
    )
    bob = client("sagemaker", **user(client, "bob", *statements))
    bob.create_training_job(**with_key(role, key))


@pytest.mark.parametrize("name", ["id", "arn", "alias", "alias arn"])
def test_every_form_of_a_key(sm: Any, client: Any, role: str, key: str, name: str) -> None:
    client("kms").create_alias(AliasName="alias/volumes", TargetKeyId=key)
    named = {
        "id": key.rpartition("/")[2],
        "arn": key,
        "alias": "alias/volumes",
        "alias arn": key.rpartition(":")[0] + ":alias/volumes",
    }[name]
    sm.create_training_job(**with_key(role, named))
    shown = sm.describe_training_job(TrainingJobName=with_key(role, named)["TrainingJobName"])
    assert shown["ResourceConfig"]["VolumeKmsKeyId"] == named


def test_processing_and_tuning(sm: Any, role: str) -> None:
    request = processing_request(role)
    cluster = {**request["ProcessingResources"]["ClusterConfig"], "VolumeKmsKeyId": NOWHERE}
    request["ProcessingResources"] = {"ClusterConfig": cluster}
    refused(sm.create_processing_job, NOWHERE, **request)
    training = with_key(role, NOWHERE)
    definition = {
        "StaticHyperParameters": {"num_round": "1"},
        "AlgorithmSpecification": training["AlgorithmSpecification"],
        **{name: training[name] for name in ("RoleArn", "InputDataConfig", "OutputDataConfig")},
        **{name: training[name] for name in ("ResourceConfig", "StoppingCondition")},
    }
    objective = {"Type": "Minimize", "MetricName": "validation:rmse"}
    config = {
        "Strategy": "Random",
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
        "ParameterRanges": {
            "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.3"}]
        },
        "HyperParameterTuningJobObjective": objective,
    }
    refused(
        sm.create_hyper_parameter_tuning_job,
        NOWHERE,
        HyperParameterTuningJobName="t",
        HyperParameterTuningJobConfig=config,
        TrainingJobDefinition=definition,
    )


def test_other_requests_with_volumes(sm: Any, role: str, key: str) -> None:
    sm.create_model(
        ModelName="m",
        ExecutionRoleArn=role,
        PrimaryContainer={
            "Image": training_request(role)["AlgorithmSpecification"]["TrainingImage"],
            "ModelDataUrl": "s3://bucket/model.tar.gz",
        },
    )
    transform = transform_request("m")
    resources = {**transform["TransformResources"], "VolumeKmsKeyId": NOWHERE}
    refused(sm.create_transform_job, NOWHERE, **{**transform, "TransformResources": resources})
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    wanted = {"EndpointConfigName": "c", "ProductionVariants": [variant]}
    said = refused(sm.create_endpoint_config, NOWHERE, **wanted, KmsKeyId=NOWHERE)
    assert "that you have" in said
    sm.create_endpoint_config(**wanted, KmsKeyId=key)
